#!lua flags=allow-oom
-- make_due: retries that would wait longer than the horizon are due within it, spread; with horizon
-- 0 all are due at once, by whatever node's clock. Harmless to repeat.
-- KEYS[1] the prefix. ARGV: now ms, horizon ms, at most, peer. Returns how many were moved.
local now, horizon, most, peer = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local due = KEYS[1] .. ':due:' .. peer
local from = horizon > 0 and now + horizon + 1 or 1
local late = redis.call('ZRANGEBYSCORE', due, from, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
local moved = {}
for i = 1, #late, 2 do
  local id, at = late[i], tonumber(late[i + 1])
  moved[i] = horizon > 0 and string.format('%d', now + (at - now) % horizon) or '0'
  moved[i + 1] = id
end
if #moved > 0 then redis.call('ZADD', due, unpack(moved)) end
return #moved / 2
