-- arrivals: part of accept and settle; `P`, `call` and `now` are theirs. What was awaited, and is
-- known from now on: who waits for it may go on.
local came = {}  -- peer, its id, key in turn; of an order whose key may be named: "", "", its key

local function arrive(peer, id, key)
  local m = #came
  came[m + 1], came[m + 2], came[m + 3] = peer, id, key
end

-- A delivery that lacks an id goes at once: it heads its key's line. Returns its peer.
local function releaseLacking(peer, key)
  local lacks = P .. 'lacks:' .. peer .. ':' .. key
  local record = string.match(call('GET', lacks) or '', '^%S+')
  if not record then return end
  call('DEL', lacks)
  call('ZADD', P .. 'due:' .. peer, 'XX', 0, record)
  return peer
end

local function awaited(m)
  if came[m] == '' then return 'key:' .. came[m + 2] end
  return 'ref:' .. came[m] .. ':' .. came[m + 1]
end

-- Who waits is looked for together, since mostly nobody does. No record fails with that: what is
-- not told here is an exception once its time is over. Returns the peers that have something to
-- lease.
local function tellArrivals()
  local names, ready = {}, {}
  for m = 1, #came, 3 do
    names[#names + 1] = P .. 'awaits:' .. awaited(m)
    if came[m] ~= '' then names[#names + 1] = P .. 'lacks:' .. came[m] .. ':' .. came[m + 2] end
  end
  if #names == 0 or redis.pcall('EXISTS', unpack(names)) == 0 then return ready end
  for m = 1, #came, 3 do
    local what = awaited(m)
    if redis.pcall('EXISTS', P .. 'awaits:' .. what) == 1 then
      redis.pcall('ZADD', P .. 'arrived', 'NX', now, what)
    end
    local well, who = pcall(releaseLacking, came[m], came[m + 2])
    if well and who then ready[#ready + 1] = who end
  end
  return ready
end
