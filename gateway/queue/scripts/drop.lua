#!lua flags=allow-oom
-- drop: removes one exception with its index and its count.
-- KEYS[1] the prefix. ARGV: exception id, and a time ms: only when it is not younger; "" = whatever its age.
-- Returns 1, or 0 when there is no such one.
local P, exc, before = KEYS[1] .. ':', ARGV[1], ARGV[2]
local e = redis.call('HMGET', P .. 'exc:' .. exc, 'peer', 'code', 'at')
if not e[1] or (before ~= '' and tonumber(e[3]) > tonumber(before)) then return 0 end
local cause = e[1] .. ' ' .. e[2]
redis.call('DEL', P .. 'exc:' .. exc)
redis.call('ZREM', P .. 'excs', exc .. ' ' .. cause)
if redis.call('HINCRBY', P .. 'excn', cause, -1) <= 0 then redis.call('HDEL', P .. 'excn', cause) end
return 1
