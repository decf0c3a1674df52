#!lua flags=allow-oom
-- follow: a node comes over to another primary, which may lack the last writes of the one before.
-- KEYS[1] the prefix. ARGV: node, number of its start.
-- Returns 1; 0 where the queue is not here at all (nothing is then written).
local P, node, start = KEYS[1] .. ':', ARGV[1], tonumber(ARGV[2])
local call = redis.call
if call('EXISTS', P .. 'format') == 0 then return 0 end
local known = tonumber(call('HGET', P .. 'epochs', node) or 0)
if known < start then call('HSET', P .. 'epochs', node, start) end
-- The one before may have given out more than is known here: tokens must not be given twice.
call('INCRBY', P .. 'fence', 1000000)
return 1
