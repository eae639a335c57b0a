import { createHash } from 'node:crypto'

/*
 * One step on one key, read or swap, as one script: nobody comes in between, and the answer is always the record as
 * it stands after it. Needs Redis 5 (scripts replicated by their effects, so that they may ask for the time).
 *
 * KEYS: the record, which also leads a cluster to its node.
 * ARGV: 1 ms that a record nobody has written is kept after its last read, 2 its whole life in ms,
 *       3 `durable` or '', 4 `mark` or '',
 *       5 the histories that the caller has worked in, 6 ms since it was first answered, 7 longest lease of a claim in ms,
 *       then for a swap
 *       8 count, 9 token, 10 beat, to 11 count, 12 token, 13 beat, 14 lease, 15 doubtful, 16 existence, 17 settled, 18 raise
 *       A token is '=' and its text, '-' stands for none, '' leaves the member as it is.
 * Answer: what happened, the history, count, existence, fence, token, beat, lease, doubtful, ms left, settled.
 *       The history is '' as long as handlers may still run under claims that the server has forgotten.
 *
 * Counts are compared and kept as text: Lua's numbers are doubles, and it writes those above 10^14 as 1e+14.
 */
export const SCRIPT = `
local key = KEYS[1]
local keep, life, durable, mark = tonumber(ARGV[1]), ARGV[2], ARGV[3] == 'durable', ARGV[4] == 'mark'
local known, age, longest = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local from_count, from_token, from_beat = ARGV[8], ARGV[9], ARGV[10]
local to_count, to_token, to_beat, to_lease = ARGV[11], ARGV[12], ARGV[13], ARGV[14]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- microseconds: above whatever a record reached that is forgotten, for none is written in every one of them
local clock = time[1] * 1000000 + time[2]

local function whole(number)
  return string.format('%.0f', number)
end

-- the name of the stream of writes that this server is in; every restart and every promotion begins another one
local history = false
if not durable then
  local info = redis.pcall('INFO', 'replication')
  if type(info) ~= 'string' then return { 'unnamed' } end
  if string.find(info, 'role:slave', 1, true) then
    return redis.error_reply('READONLY a replica has no say over versions: connect to the primary')
  end
  history = string.match(info, 'master_replid:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)')
  if not history then return { 'unnamed' } end
end

local read = redis.pcall('HMGET', key, 'count', 'existence', 'fence', 'token', 'beat', 'lease', 'doubtful', 'ends', 'settled', 'history')
if read.err then
  if string.find(read.err, 'WRONGTYPE', 1, true) then return { 'foreign' } end
  return read
end
local count, existence, fence, token, beat, lease, doubtful, ends, settled, written = unpack(read, 1, 10)
local created = not count and redis.call('EXISTS', key) == 0

-- what the caller named is a number as it is
local function digits(text, named)
  return text and (text == named or string.find(text, '^%d+$') and #text < 17)
end

if created then
  count, existence, fence = whole(clock), 'unknown', '0'
  redis.call('HSET', key, 'count', count, 'existence', existence, 'fence', fence, 'history', history or '')
  redis.call('PEXPIRE', key, life)
elseif not (digits(count, from_count) and digits(fence) and (existence == 'unknown' or existence == 'present' or existence == 'deleted'))
  or (token and not (digits(beat, from_beat) and digits(lease) and digits(ends) and (doubtful == '0' or doubtful == '1'))) then
  return { 'foreign' }
elseif history and history ~= written then
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
if token and ends - now > tonumber(lease) then
  -- the clock went back
  ends = whole(now + lease)
  redis.call('HSET', key, 'ends', ends)
end

-- the caller has worked before this server began: it was restarted, and who held a claim then may still be writing
local guarded = false
if history and known ~= '' and not string.find(known, history, 1, true) then
  -- it notes the second in which it began, and begins at its end at the latest
  local began = time[1] - string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)') + 1
  local up = now - began * 1000
  guarded = up < age and up < longest
  if guarded and not token then
    token, beat, lease, doubtful, ends = 'forgotten', '0', whole(longest), '1', whole(began * 1000 + longest)
    redis.call('HSET', key, 'token', token, 'beat', beat, 'lease', lease, 'doubtful', doubtful, 'ends', ends)
    if redis.call('PTTL', key) >= 0 then redis.call('PEXPIRE', key, whole(life + longest)) end
  end
end

local left = redis.call('PTTL', key)
local swapped = not created and count == from_count and (token and '=' .. token or '-') == from_token and (beat or '0') == from_beat
if swapped then
  local unwritten = left >= 0 and to_count == count
  local renewed = from_token ~= to_token or from_beat ~= to_beat
  count = to_count
  if ARGV[18] == 'raise' then fence = whole(fence == '0' and clock or fence + 1) end
  if ARGV[16] ~= '' then existence = ARGV[16] end
  local held = token
  local set
  if to_token ~= '-' then
    token, beat, lease, doubtful = string.sub(to_token, 2), to_beat, to_lease, ARGV[15]
    if renewed then ends = whole(now + lease) end
    set = { 'count', count, 'fence', fence, 'existence', existence, 'token', token, 'beat', beat, 'lease', lease, 'doubtful', doubtful, 'ends', ends }
  else
    token, beat, lease, doubtful, ends = false, false, false, false, false
    set = { 'count', count, 'fence', fence, 'existence', existence }
  end
  if ARGV[17] == '-' then
    if settled then redis.call('HDEL', key, 'settled') end
    settled = false
  elseif ARGV[17] ~= '' then
    settled = string.sub(ARGV[17], 2)
    set[#set + 1] = 'settled'
    set[#set + 1] = settled
  end
  redis.call('HSET', key, unpack(set))
  if held and not token then redis.call('HDEL', key, 'token', 'beat', 'lease', 'doubtful', 'ends') end
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

return { swapped and 'swapped' or 'read', guarded and '' or history or '', count, existence, fence, token, beat, lease, doubtful, token and whole(ends - now), settled }
`

/** How EVALSHA names it. */
export const SHA = createHash('sha1').update(SCRIPT).digest('hex')
