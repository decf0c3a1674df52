#!lua flags=allow-oom
-- poll: the right to poll a source stands with one node.
-- KEYS[1] the prefix. ARGV: peer, node.start that asks ("" = gives it up), token of a holder that
-- is dead or gives up.
-- Returns the token that stands then, "fence node.start"; nil when nobody's does.
local pollers, peer, who, gone = KEYS[1] .. ':pollers', ARGV[1], ARGV[2], ARGV[3]
local held = redis.call('HGET', pollers, peer)
if held and held ~= gone then return held end
if who == '' then
  redis.call('HDEL', pollers, peer)
  return false
end
local token = redis.call('INCR', KEYS[1] .. ':fence') .. ' ' .. who
redis.call('HSET', pollers, peer, token)
return token
