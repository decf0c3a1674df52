#!lua flags=allow-oom
-- raise: another layout number takes the place of the one before, also at the memory limit.
-- KEYS[1] the prefix. ARGV: the number before, the number now. Returns the one that stands then.
local format, former, present = KEYS[1] .. ':format', ARGV[1], ARGV[2]
local call = redis.call
if call('GET', format) == former then call('SET', format, present) end
return call('GET', format)
