-- is_lost: part of accept and of release. `call` and `P` are theirs.

-- Whether it stands in that list; a long one is left to the sweep.
local function isIn(list, what)
  local nearby = 1000
  return call('LPOS', list, what, 'MAXLEN', nearby) or call('LLEN', list) > nearby
end

-- Whether it is neither leased nor in its place.
local function isLost(peer, id, key, lane)
  if call('HEXISTS', P .. 'leases:' .. peer, id) == 1 then return false end
  local head = call('ZSCORE', P .. 'open:' .. peer, id) and call('HGET', P .. 'busy:' .. peer, key)
  if not head then return true end
  -- Behind another its place is the key's line; at the head, a lane: that of a lifted line is high.
  if string.sub(head, 2) ~= id then
    return not isIn(P .. 'wait:' .. peer .. ':' .. key, lane .. id)
  end
  local ready, other = P .. 'ready:' .. peer .. ':', lane == 'n' and 'h' or 'n'
  return not isIn(ready .. lane, id) and not isIn(ready .. other, id)
end
