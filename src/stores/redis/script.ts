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
 * Answer: what happened; history, count, existence, fence, beat, lease, doubtful, ms left, with a blank between two; token;
 *       settled. '-' stands for none; the history is none as long as handlers may still run under claims that the
 *       server has forgotten.
 * Clients take their time for each argument and each member of an answer: hence the blanks, and what never changes is
 * part of the text.
 *
 * Counts are compared and kept as text: Lua's numbers are doubles, and it writes those above 10^14 as 1e+14.
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
local known, age, longest, mark = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[8] == 'mark'
local from_token, to_token, to_settled = ARGV[5], ARGV[6], ARGV[7]
local from_count, from_beat, to_count, to_beat, to_lease, to_doubtful, raise, to_existence
if ARGV[4] and ARGV[4] ~= '' then
  from_count, from_beat, to_count, to_beat, to_lease, to_doubtful, raise, to_existence =
    string.match(ARGV[4], '^(%d+) (%d+) (%d+) (%d+) (%d+) ([01]) ([01]) ([-%l]+)$')
end

-- seconds, ms, and microseconds: those are above whatever a record reached that is forgotten, for none is written in
-- every one of them
local second, now, clock
local function tell_time()
  if now then return end
  local time = redis.call('TIME')
  second, now, clock = time[1], time[1] * 1000 + math.floor(time[2] / 1000), time[1] * 1000000 + time[2]
end

local function whole(number)
  return string.format('%.0f', number)
end

-- the name of the stream of writes that this server is in; every restart and every promotion begins another one
local history = false
if not durable then
  local info = redis.pcall('INFO', 'replication')
  if type(info) ~= 'string' then return { 'unnamed' } end
  -- found where it begins, whereas to miss 'role:slave' would take a look at all of it
  if not string.find(info, 'role:master', 1, true) then
    if not string.find(info, 'role:slave', 1, true) then return { 'unnamed' } end
    return redis.error_reply('READONLY a replica has no say over versions: connect to the primary')
  end
  local _, at = string.find(info, 'master_replid:', 1, true)
  history = at and string.match(info, '^%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x', at + 1)
  if not history then return { 'unnamed' } end
end

local read = redis.pcall('HMGET', key, 'count', 'existence', 'fence', 'token', 'beat', 'lease', 'doubtful', 'ends', 'settled', 'history', 'kept')
if read.err then
  if string.find(read.err, 'WRONGTYPE', 1, true) then return { 'foreign' } end
  return read
end
local count, existence, fence, token, beat, lease, doubtful, ends, settled, written, kept = unpack(read, 1, 11)
-- of a claim that is over
if ends == '' then token, beat, lease, doubtful, ends = false, false, false, false, false end
local created = not count and redis.call('EXISTS', key) == 0

-- what the caller named is a number as it is
local function digits(text, named)
  return text and (text == named or string.find(text, '^%d+$') and #text < 17)
end

if created then
  tell_time()
  count, existence, fence = whole(clock), 'unknown', '0'
  redis.call('HSET', key, 'count', count, 'existence', existence, 'fence', fence, 'history', history or '')
  redis.call('PEXPIRE', key, life)
elseif not (digits(count, from_count) and digits(fence) and (existence == 'unknown' or existence == 'present' or existence == 'deleted'))
  or (token and not (digits(beat, from_beat) and digits(lease) and digits(ends) and (doubtful == '0' or doubtful == '1'))) then
  return { 'foreign' }
elseif history and history ~= written then
  tell_time()
  -- the last writes of the other stream may be lost: what they gave out must not be given out again. A clock that
  -- is behind still counts, by its fraction of a second: the same state may come back several times
  local jump = 1000000 + clock % 1000000
  count = whole(math.max(clock, count + jump))
  fence = whole(math.max(clock, fence + jump))
  existence, settled = 'unknown', false
  redis.call('HSET', key, 'count', count, 'fence', fence, 'existence', existence, 'history', history)
  redis.call('HDEL', key, 'settled')
  if token then
    doubtful = '1'
    redis.call('HSET', key, 'doubtful', doubtful)
  end
end

-- the caller has worked before this server began: it was restarted, and who held a claim then may still be writing
local guarded = false
if history and known ~= '' and not string.find(known, history, 1, true) then
  tell_time()
  -- it notes the second in which it began, and begins at its end at the latest
  local began = second - string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)') + 1
  local up = now - began * 1000
  guarded = up < age and up < longest
  if guarded and not token then
    token, beat, lease, doubtful, ends = 'forgotten', '0', whole(longest), '1', whole(began * 1000 + longest)
    redis.call('HSET', key, 'token', token, 'beat', beat, 'lease', lease, 'doubtful', doubtful, 'ends', ends)
    if redis.call('PTTL', key) >= 0 then redis.call('PEXPIRE', key, whole(life + longest)) end
  end
end

local swapped = not created and count == from_count and (token and '=' .. token or '-') == from_token and (beat or '0') == from_beat
-- whoever ends his claim asks for no time
if (token or swapped) and not (swapped and to_token == '-') then
  tell_time()
  if token and ends - now > tonumber(lease) then
    -- the clock went back
    ends = whole(now + lease)
    redis.call('HSET', key, 'ends', ends)
  end
end

-- one that was written stays; only where that is not noted, its end is asked for
local left = kept and -1 or redis.call('PTTL', key)
if swapped then
  local unwritten = left >= 0 and to_count == count
  local renewed = from_token ~= to_token or from_beat ~= to_beat
  local moved = count ~= to_count
  count = to_count
  if raise == '1' then
    if fence == '0' then tell_time() end
    fence = whole(fence == '0' and clock or fence + 1)
  end
  if to_existence ~= '-' then existence = to_existence end
  local set
  if to_token ~= '-' then
    token, beat, lease, doubtful = string.sub(to_token, 2), to_beat, to_lease, to_doubtful
    if renewed then ends = whole(now + lease) end
    set = { 'fence', fence, 'token', token, 'beat', beat, 'lease', lease, 'doubtful', doubtful, 'ends', ends }
  else
    -- to delete the members of a claim would take a second command
    set = { 'ends', '', 'count', count, 'existence', existence, 'fence', fence }
    token, beat, lease, doubtful, ends = false, false, false, false, false
  end
  local last = #set
  if to_token ~= '-' and (moved or to_existence ~= '-') then
    set[last + 1], set[last + 2], set[last + 3], set[last + 4] = 'count', count, 'existence', existence
    last = last + 4
  end
  if moved and not kept then
    set[last + 1], set[last + 2] = 'kept', '1'
    last = last + 2
  end
  if to_settled == '-' then
    if settled then redis.call('HDEL', key, 'settled') end
    settled = false
  elseif to_settled ~= '' then
    settled = string.sub(to_settled, 2)
    set[last + 1], set[last + 2] = 'settled', settled
  end
  redis.call('HSET', key, unpack(set))
  if unwritten then
    redis.call('PEXPIRE', key, whole(life + to_lease))
  elseif left >= 0 then
    redis.call('PERSIST', key)
  end
else
  if left >= 0 and left < keep then redis.call('PEXPIRE', key, life) end
  -- something to wait for, so that WAIT speaks of all that this answer shows
  if mark then redis.call('HSET', key, 'count', count) end
end

local state = table.concat({
  guarded and '-' or history or '-', count, existence, fence,
  beat or '-', lease or '-', doubtful or '-', token and whole(ends - now) or '-'
}, ' ')
return { swapped and 'swapped' or 'read', state, token, settled }
`
}
