-- line_up: how deliveries take their places; part of whatever owes deliveries. `o` holds ids, keys
-- and lanes side by side.
-- One delivery per key at a time: the first takes the key and gets a hint in its lane, the others
-- wait behind it. A high one behind the head lifts the whole line into the high lane.
-- The heads are written first, so that what Redis ends here leaves no line without one.
-- A list that Redis refuses fails the keys that need it alone: `bad` is told why, by key. Without
-- `bad` it ends the script. `pass` takes some of the new hints and returns the others.
local function lineUp(peer, o, bad, pass)
  local busy, ready, insert = P .. 'busy:' .. peer, P .. 'ready:' .. peer .. ':', table.insert
  local line = {}                     -- by key: its head, where that is new or changed
  local behind = {}                   -- by key: who comes behind the head
  local lanes = { n = {}, h = {} }    -- new hints

  -- 1. Who heads its key, and who waits behind. Flags: "." alone, "+" others wait, "!" lifted.
  local heads = call('HMGET', busy, unpack(o.keys))
  for j, id in ipairs(o.ids) do
    local key, lane = o.keys[j], o.lanes[j]
    local head = line[key] or heads[j]
    local flag = head and string.sub(head, 1, 1)
    local first = head and string.sub(head, 2)
    if not head then
      line[key] = '.' .. id
      insert(lanes[lane], id)
    elseif first == id then  -- only its hint is missing
      insert(lanes[flag == '!' and 'h' or lane], id)
    else
      if not behind[key] then behind[key] = {} end
      insert(behind[key], lane .. id)
      if lane == 'h' and flag ~= '!' then
        line[key] = '!' .. first
        insert(lanes.h, first)
      elseif flag == '.' then
        line[key] = '+' .. first
      end
    end
  end

  -- 2. The heads.
  local changed = {}
  for key, head in pairs(line) do
    changed[#changed + 1] = key
    changed[#changed + 1] = head
  end
  if #changed > 0 then call('HSET', busy, unpack(changed)) end

  -- 3. The lines behind them.
  for key, ids in pairs(behind) do
    local well, why = pcall(call, 'RPUSH', P .. 'wait:' .. peer .. ':' .. key, unpack(ids))
    if not well and not bad then error(why, 0) end
    if not well then bad[key] = why end
  end

  -- 4. The hints.
  for lane, ids in pairs(pass and pass(lanes) or lanes) do
    local well, why = true, nil
    if #ids > 0 then
      well, why = pcall(call, 'RPUSH', ready .. lane, unpack(ids))
    end
    if not well and not bad then error(why, 0) end
    if not well then
      local without = {}
      for _, id in ipairs(ids) do
        without[id] = true
      end
      for j, key in ipairs(o.keys) do
        if without[string.sub(line[key] or heads[j], 2)] then bad[key] = why end
      end
    end
  end
end
