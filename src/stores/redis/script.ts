import { createHash } from 'node:crypto'

/*
 * One step on one key, read or swap, as one script: nobody comes in between, and the answer is always the record as
 * it stands after it. Needs Redis 5 (scripts replicated by their effects, so that they may ask for the time).
 *
 * KEYS: the record, which also leads a cluster to its node.
 * ARGV: 1 ms that a record nobody has written is kept after its last read, 2 its whole life in ms,
 *       3 `durable` or '', 4 `mark` or '', then for a swap
 *       5 count, 6 token, 7 beat, to 8 count, 9 token, 10 beat, 11 lease, 12 doubtful, 13 existence, 14 settled, 15 raise
 *       A token is '=' and its text, '-' stands for none, '' leaves the member as it is.
 * Answer: what happened, count, existence, fence, token, beat, lease, doubtful, ms left, settled.
 *
 * Counts are compared and kept as text: Lua's numbers are doubles, and it writes those above 10^14 as 1e+14.
 */
export const SCRIPT = `
local key = KEYS[1]
local keep, life, durable, mark = tonumber(ARGV[1]), ARGV[2], ARGV[3] == 'durable', ARGV[4] == 'mark'
local from = { count = ARGV[5], token = ARGV[6], beat = ARGV[7] }
local to = { count = ARGV[8], token = ARGV[9], beat = ARGV[10], lease = ARGV[11], doubtful = ARGV[12], existence = ARGV[13], settled = ARGV[14], raise = ARGV[15] == 'raise' }

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

local function append(list, ...)
  for _, item in ipairs({ ... }) do table.insert(list, item) end
end

local function digits(text)
  return text and string.find(text, '^%d+$') and #text < 17
end

if created then
  count, existence, fence = whole(clock), 'unknown', '0'
  redis.call('HSET', key, 'count', count, 'existence', existence, 'fence', fence, 'history', history or '')
  redis.call('PEXPIRE', key, life)
elseif not (digits(count) and digits(fence) and (existence == 'unknown' or existence == 'present' or existence == 'deleted'))
  or (token and not (digits(beat) and digits(lease) and digits(ends) and (doubtful == '0' or doubtful == '1'))) then
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

local left = redis.call('PTTL', key)
local swapped = not created and count == from.count and (token and '=' .. token or '-') == from.token and (beat or '0') == from.beat
if swapped then
  local unwritten = left >= 0 and to.count == count
  local renewed = from.token ~= to.token or from.beat ~= to.beat
  count = to.count
  if to.raise then fence = whole(fence == '0' and clock or fence + 1) end
  if to.existence ~= '' then existence = to.existence end
  local set, drop = { 'count', count, 'fence', fence, 'existence', existence }, {}
  if to.settled == '-' then
    settled = false
    table.insert(drop, 'settled')
  elseif to.settled ~= '' then
    settled = string.sub(to.settled, 2)
    append(set, 'settled', settled)
  end
  if to.token ~= '-' then
    token, beat, lease, doubtful = string.sub(to.token, 2), to.beat, to.lease, to.doubtful
    if renewed then ends = whole(now + lease) end
    append(set, 'token', token, 'beat', beat, 'lease', lease, 'doubtful', doubtful, 'ends', ends)
  elseif token then
    token, beat, lease, doubtful, ends = false, false, false, false, false
    append(drop, 'token', 'beat', 'lease', 'doubtful', 'ends')
  end
  redis.call('HSET', key, unpack(set))
  if drop[1] then redis.call('HDEL', key, unpack(drop)) end
  if unwritten then
    redis.call('PEXPIRE', key, whole(life + to.lease))
  elseif left >= 0 then
    redis.call('PERSIST', key)
  end
else
  if left >= 0 and left < keep then redis.call('PEXPIRE', key, life) end
  -- something to wait for, so that WAIT speaks of all that this answer shows
  if mark then redis.call('HSET', key, 'count', count) end
end

return { swapped and 'swapped' or 'read', count, existence, fence, token, beat, lease, doubtful, token and whole(ends - now), settled }
`

/** How EVALSHA names it. */
export const SHA = createHash('sha1').update(SCRIPT).digest('hex')
