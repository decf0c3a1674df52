-- unlist: part of drop and of requeue. `call` and `P` are theirs.

-- Takes an exception out of the index and out of its counts; true where it stood there. The index
-- comes first: an entry of it without its exception would keep the sweep from those behind. A count
-- may be too low, where a script ended behind the index: it is never below what is left, and right
-- again once nothing is. One that waits is counted apart.
-- `way`: ' ' inbound, ' d' of a delivery.
local function unlist(exc, peer, code, way, size)
  local cause = peer .. ' ' .. code
  if call('ZREM', P .. 'excs', exc .. ' ' .. cause) == 0 then return false end
  if call('ZREM', P .. 'waits', exc) == 1 then
    local what = call('HGET', P .. 'exc:' .. exc, 'what')
    if what then call('LREM', P .. 'awaits:' .. what, 0, exc) end
    call('HINCRBY', P .. 'count:' .. peer, 'waiting', -1)
  elseif call('HINCRBY', P .. 'excn', cause, -1) <= 0 then
    call('HDEL', P .. 'excn', cause)
  end
  -- One that was never counted into a share takes nothing from it.
  for what, by in pairs(size and { n = 1, b = tonumber(size) } or {}) do
    local field = peer .. way .. what
    if call('HINCRBY', P .. 'share', field, -by) <= 0 then call('HDEL', P .. 'share', field) end
  end
  return true
end
