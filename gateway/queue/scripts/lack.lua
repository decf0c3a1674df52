#!lua
-- lack: what goes out needs the destination's own id of the thing, which is not known. It waits for
-- that, for a time that begins with the first such call.
-- KEYS[1] the prefix. ARGV: peer, key, record id, now ms, wait ms.
-- Returns the id where it is known after all; else until when (ms) the delivery waits.
local P = KEYS[1] .. ':'
local peer, key, record, now, wait = unpack(ARGV)
local call = redis.call
local id = call('HGET', P .. 'refs:' .. key, peer)
if id then return id end
local lacks = P .. 'lacks:' .. peer .. ':' .. key
local whose, till = string.match(call('GET', lacks) or '', '^(%S+) (%d+)$')
if whose ~= record then
  till = string.format('%.0f', tonumber(now) + tonumber(wait))
  call('SET', lacks, record .. ' ' .. till, 'PX', string.format('%.0f', 2 * wait + 600000))
end
return tonumber(till)
