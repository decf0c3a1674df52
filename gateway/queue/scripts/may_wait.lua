-- may_wait: part of accept, whose words and names it uses.

-- Whether a change of that leaf may wait. Both, leaves and things, are bounded: past that all is
-- delivered.
local function mayWait(held, holds, sourceId)
  if held == 'released' or not held and call('HLEN', P .. 'held') >= 1000 then return false end
  if call('ZCARD', holds) < 100000 or call('ZSCORE', holds, sourceId) then return true end
  -- Full: things whose ledger is forgotten make room.
  local forgotten = call('ZRANGEBYSCORE', holds, '-inf', now - life, 'LIMIT', 0, 100)
  if forgotten[1] then call('ZREM', holds, unpack(forgotten)) end
  return forgotten[1] ~= nil
end
