#!lua flags=allow-oom
-- hasten: retries that would wait longer than the horizon are due within it, spread; with horizon 0 at once. Harmless
-- to repeat.
-- KEYS[1] the prefix. ARGV: now ms, horizon ms, at most, peer. Returns how many were moved.
local due, now, horizon = KEYS[1] .. ':due:' .. ARGV[4], tonumber(ARGV[1]), tonumber(ARGV[2])
local late = redis.call('ZRANGEBYSCORE', due, now + horizon + 1, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3])
local moved = {}
for i = 1, #late, 2 do
  moved[i] = string.format('%d', now + (horizon > 0 and (tonumber(late[i + 1]) - now) % horizon or 0))
  moved[i + 1] = late[i]
end
if #moved > 0 then redis.call('ZADD', due, unpack(moved)) end
return #moved / 2
