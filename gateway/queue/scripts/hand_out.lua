-- hand_out: part of accept, whose words and names it uses. Leases for who takes of this group at
-- once.
local takers, leased, fence = {}, {}, nil
for k = TAKERS, TAKERS + 3 * takerCount - 1, 3 do
  local peer, most, holder = words[k], tonumber(words[k + 1]), words[k + 2]
  takers[peer] = { most = most, holder = holder }
end

-- New heads go to who takes them at once, high ones first. What is left goes into the lanes.
local function handOut(peer, o, taker, lanes)
  -- One fence for the whole group. Without it nothing is handed out, and all is lined up.
  if not fence then
    local well, number = pcall(call, 'INCR', P .. 'fence')
    if not well then return lanes end
    fence = tostring(number)
  end
  local leases, ids, given, left = {}, {}, {}, { n = {}, h = {} }
  for _, lane in ipairs({ 'h', 'n' }) do
    for _, id in ipairs(lanes[lane]) do
      if o.own[id] and not given[id] and #ids < taker.most then
        given[id] = true
        ids[#ids + 1] = id
        leases[#leases + 1] = id
        leases[#leases + 1] = fence .. ' ' .. taker.holder .. o.own[id]
      elseif not given[id] then
        table.insert(left[lane], id)
      end
    end
  end
  if #ids == 0 then return lanes end
  if not pcall(call, 'HSET', P .. 'leases:' .. peer, unpack(leases)) then return lanes end
  leased[#leased + 1] = peer
  leased[#leased + 1] = fence
  leased[#leased + 1] = #left.h + #left.n
  leased[#leased + 1] = #ids
  for _, id in ipairs(ids) do
    leased[#leased + 1] = id
  end
  return left
end

-- Where others wait in the lanes, nobody is handed out before them.
local function lineUpAt(peer, o, bad)
  call('ZADD', P .. 'open:' .. peer, 'NX', unpack(o.open))
  local taker, ready = takers[peer], P .. 'ready:' .. peer .. ':'
  if not taker or call('EXISTS', ready .. 'h', ready .. 'n') > 0 then
    return lineUp(peer, o, bad)
  end
  lineUp(peer, o, bad, function(heads)
    return handOut(peer, o, taker, heads)
  end)
end
