-- complete: part of accept, whose words and names it uses. What a script that ended half-way left.

-- Lines up what a script that ended half-way left owed and in no line. Returns whether there was
-- something. `likely`: to whom it probably goes.
local function complete(n, id, likely)
  if completed[id] or mine[id] then return false end
  completed[id] = true
  local rec = P .. 'rec:' .. id
  local found = false
  local key, lane, to, likelyState = unpack(call('HMGET', rec, 'k', 'p', 'to', 'd:' .. likely))
  if not key then return false end
  if to == '' then call('PEXPIRE', rec, life, 'NX') end
  for peer in string.gmatch(to, '%S+') do
    local state = likelyState
    if peer ~= likely then state = call('HGET', rec, 'd:' .. peer) end
    local waits = not state or string.sub(state, 1, 1) == 'w'
    if waits and isLost(peer, id, key, lane) then
      oweTo(n, peer, id, key, lane)
      found = true
    end
  end
  return found
end
