import { createHash } from 'node:crypto'

/*
 * One step on one key, read or swap, as one script: nobody comes in between, and the answer is always the record as
 * it stands after it. Needs Redis 5 (scripts replicated by their effects, so that they may ask for the time).
 *
 * KEYS: the record, which also leads a cluster to its node.
 * ARGV: 1 the histories that the caller has worked in, 2 ms since it was first answered, 3 longest lease of a claim in ms,
 *       then for a swap
 *       4 count, beat, to count, beat, lease, doubtful, raise, existence, with a blank between two; 5 token, 6 to token,
 *       7 settled, 8 `mark` where a step that changes nothing is to leave something that WAIT can wait for
 *       A token is '=' and its text, '-' stands for none, '' leaves the member as it is.
 * Answer: what happened, history, count, existence, fence and, of a claim, beat, lease, doubtful, ms left, with a blank
 *       between two; token; settled. The history is '-' as long as handlers may still run under claims that the
 *       server has forgotten.
 * Clients take their time for each argument and each member of an answer: hence the blanks, and what never changes is
 * part of the text.
 *
 * Counts are compared and kept as text: Lua's numbers are doubles, and it writes those above 10^14 as 1e+14.
 *
 * A record is a hash. `record`: count, existence, fence, history, 1 where it is kept for good; `claim`: beat, lease,
 * doubtful, its end in ms, token, or '-' for none; both with a blank between two; `settled`: a token as above. Redis takes
 * its time for each member: hence not one for each of these. One of more than 64 bytes would take it out of the form in
 * which small hashes are kept. Other members are those of a later version.
 */
export interface ScriptOptions {
  /** ms that a record nobody has written is kept after its last read */
  readonly keep: number
  /** its whole life, in ms */
  readonly life: number
  readonly durable: boolean
}

export interface Script {
  readonly text: string
  /** how EVALSHA names it */
  readonly sha: string
}

export function scriptOf(options: ScriptOptions): Script {
  const text = textOf(options)
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

function textOf({ keep, life, durable }: ScriptOptions): string {
  return `
local key = KEYS[1]
local keep, life, durable = ${keep}, ${life}, ${String(durable)}
local known, from_token, to_token, to_settled = ARGV[1], ARGV[5], ARGV[6], ARGV[7]
local from_count, from_beat, to_count, to_beat, to_lease, to_doubtful, raise, to_existence
if ARGV[4] and ARGV[4] ~= '' then
  from_count, from_beat, to_count, to_beat, to_lease, to_doubtful, raise, to_existence =
    string.match(ARGV[4], '^(%d+) (%d+) (%d+) (%d+) (%d+) ([01]) ([01]) ([-%l]+)$')
end

-- s, ms and microseconds: the last are above whatever a record reached that is forgotten, for none is written in every one
local seconds, now, clock
local function tell_time()
  if now then return end
  local time = redis.call('TIME')
  seconds, now, clock = time[1], time[1] * 1000 + math.floor(time[2] / 1000), time[1] * 1000000 + time[2]
end

local format = string.format

-- the name of the stream of writes that this server is in; every restart and every promotion begins another one
-- 'met': the caller has worked in it
local history, met = false, false
if not durable then
  local info = redis.pcall('INFO', 'replication')
  if type(info) ~= 'string' then return { 'unnamed' } end
  -- found where it begins, whereas to miss 'role:slave' would take a look at all of it
  if not string.find(info, 'role:master', 1, true) then
    if not string.find(info, 'role:slave', 1, true) then return { 'unnamed' } end
    return redis.error_reply('READONLY a replica has no say over versions: connect to the primary')
  end
  local _, at = string.find(info, 'master_replid:', 1, true)
  history = at and string.sub(info, at + 1, at + 16) or ''
  -- what the caller knows was looked at before
  met = #history == 16 and string.find(known, history, 1, true)
  if not met and not string.find(history, '^%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x$') then return { 'unnamed' } end
end

local read = redis.pcall('HMGET', key, 'record', 'claim', 'settled')
if read.err then
  if string.find(read.err, 'WRONGTYPE', 1, true) then return { 'foreign' } end
  return read
end
local record, claim, settled = read[1], read[2], read[3]
local created = not record and redis.call('EXISTS', key) == 0
-- expiry: ms until it goes, false where it is to stay; nil leaves it at what it is
local changed, settles, expiry = created, false

local token = false
local count, existence, fence, written, kept, beat, lease, doubtful, ends
if created then
  tell_time()
  count, existence, fence, written, kept = format('%.0f', clock), 'unknown', '0', '-', '0'
  expiry = life
else
  count, existence, fence, written, kept = string.match(record or '', '^(%d+) (%l+) (%d+) (%S+) ([01])$')
  if not count or #count > 16 or #fence > 16
    or not (existence == 'unknown' or existence == 'present' or existence == 'deleted') then return { 'foreign' } end
  if claim and claim ~= '-' then
    beat, lease, doubtful, ends, token = string.match(claim, '^(%d+) (%d+) ([01]) (%d+) (.*)$')
    if not beat or #beat > 16 or #lease > 16 or #ends > 16 then return { 'foreign' } end
  end
  if settled then settled = settled ~= '-' and string.sub(settled, 2) end
  if history and history ~= written then
    tell_time()
    -- the last writes of the other stream may be lost: what they gave out must not be given out again. A clock that
    -- is behind still counts, by its fraction of a second: the same state may come back several times
    local jump = 1000000 + clock % 1000000
    count = format('%.0f', math.max(clock, count + jump))
    fence = format('%.0f', math.max(clock, fence + jump))
    existence, settled, changed, settles = 'unknown', false, true, true
    if token then
      -- its end is a moment of the other server's clock, which may be behind this one by more than a lease
      doubtful, ends = '1', format('%.0f', now + lease)
    end
  end
end

-- the caller has worked before this server began: it was restarted, and who held a claim then may still be writing
local guarded = false
if history and known ~= '' and not met then
  tell_time()
  local age, longest = tonumber(ARGV[2]), tonumber(ARGV[3])
  -- it notes the second in which it began, and begins at its end at the latest
  local began = seconds - string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)') + 1
  local up = now - began * 1000
  guarded = up < age and up < longest
  if guarded and not token then
    token, beat, lease, doubtful, ends = 'forgotten', '0', format('%.0f', longest), '1', format('%.0f', began * 1000 + longest)
    changed = true
    if expiry or redis.call('PTTL', key) >= 0 then expiry = life + longest end
  end
end

local swapped = not created and count == from_count and (token and '=' .. token or '-') == from_token and (beat or '0') == from_beat
-- whoever ends his claim asks for no time
if (token or swapped) and not (swapped and to_token == '-') then
  tell_time()
  if token and ends - now > tonumber(lease) then
    -- the clock went back
    ends, changed = format('%.0f', now + lease), true
  end
end

-- one that was written stays; only where that is not noted, its end is asked for
local renewed = false
local left = kept == '1' and -1 or expiry or redis.call('PTTL', key)
if swapped then
  renewed = from_token ~= to_token or from_beat ~= to_beat
  local moved = count ~= to_count
  count = to_count
  if raise == '1' then
    if fence == '0' then tell_time() end
    fence = format('%.0f', fence == '0' and clock or fence + 1)
  end
  if to_existence ~= '-' then existence = to_existence end
  if to_token == '-' then
    token = false
  else
    token, beat, lease, doubtful = string.sub(to_token, 2), to_beat, to_lease, to_doubtful
    if renewed then ends = format('%.0f', now + lease) end
  end
  if moved then kept = '1' end
  if kept == '0' and not token then
    expiry = life
  elseif left >= 0 then
    -- claimed records stay, too: a server that is full may drop what has an end (volatile-*), and a claim with it
    expiry = false
  end
  if to_settled ~= '' then settled, settles = to_settled ~= '-' and string.sub(to_settled, 2), true end
  changed = true
else
  if left >= 0 and left < keep then expiry = life end
  -- something to wait for, so that WAIT speaks of all that this answer shows
  changed = changed or ARGV[8] == 'mark'
end

if changed then
  record = count .. ' ' .. existence .. ' ' .. fence .. ' ' .. (history or written) .. ' ' .. kept
  claim = token and beat .. ' ' .. lease .. ' ' .. doubtful .. ' ' .. ends .. ' ' .. token or '-'
  if settles then
    redis.call('HSET', key, 'record', record, 'claim', claim, 'settled', settled and '=' .. settled or '-')
  else
    redis.call('HSET', key, 'record', record, 'claim', claim)
  end
end
if expiry then
  redis.call('PEXPIRE', key, format('%.0f', expiry))
elseif expiry == false then
  redis.call('PERSIST', key)
end

local state = (swapped and 'swapped ' or 'read ') .. (guarded and '-' or history or '-') .. ' ' .. count .. ' ' .. existence .. ' ' .. fence
if token then
  -- what has just begun has all of its lease left
  local remaining = renewed and lease or format('%.0f', ends - now)
  state = state .. ' ' .. beat .. ' ' .. lease .. ' ' .. doubtful .. ' ' .. remaining
end
return { state, token, settled }
`
}
