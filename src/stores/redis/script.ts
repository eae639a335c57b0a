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
local from = { count = ARGV[8], token = ARGV[9], beat = ARGV[10] }
local to = { count = ARGV[11], token = ARGV[12], beat = ARGV[13], lease = ARGV[14], doubtful = ARGV[15], existence = ARGV[16], settled = ARGV[17], raise = ARGV[18] == 'raise' }

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

return { swapped and 'swapped' or 'read', guarded and '' or history or '', count, existence, fence, token, beat, lease, doubtful, token and whole(ends - now), settled }
`

/** How EVALSHA names it. */
export const SHA = createHash('sha1').update(SCRIPT).digest('hex')
