-- move_up: part of settle, whose words and names it uses. Who comes up in a key's line where one
-- has ended.

-- What heads the lines of closed deliveries. The record's own key counts: where another was given,
-- `keys` is mended.
local function headsOf(busy, closed, keys)
  local heads = call('HMGET', busy, unpack(keys))
  for j, id in ipairs(closed) do
    if string.sub(heads[j] or '', 2) ~= id then
      local own = call('HGET', P .. 'rec:' .. id, 'k')
      if own and own ~= keys[j] then
        keys[j] = own
        heads[j] = call('HGET', busy, own)
      end
    end
  end
  return heads
end

-- The next of a closed delivery's key, which the line still holds, and whether more follow. What
-- moved up and was cut off before it left the line leaves it first.
local function nextIn(line, id)
  local next = call('LRANGE', line, 0, 2)
  if next[1] and string.sub(next[1], 2) == id then
    call('LPOP', line)
    table.remove(next, 1)
  end
  return next[1], next[2] ~= nil
end

-- The next of each closed delivery's key comes up; a lifted line ("!") stays in the high lane.
local function moveUp(peer, closed, keys)
  local busy, ready = P .. 'busy:' .. peer, P .. 'ready:' .. peer .. ':'
  local free = {}                   -- keys of which nothing waits
  local heirs = {}                  -- key and new head in turn
  local left = {}                   -- the lines that the new heads leave
  local lanes = { n = {}, h = {} }  -- their hints
  local heads = headsOf(busy, closed, keys)
  for j, id in ipairs(closed) do
    local head = heads[j] or ''
    local flag, key = string.sub(head, 1, 1), keys[j]
    if string.sub(head, 2) == id then
      local line, next, more = P .. 'wait:' .. peer .. ':' .. key, nil, false
      if flag ~= '.' then
        next, more = nextIn(line, id)
      end
      if next then
        local heir, lane = string.sub(next, 2), flag == '!' and 'h' or string.sub(next, 1, 1)
        -- It leaves the line only below, where it may be found again.
        if not more then flag = '+' end
        heirs[#heirs + 1] = key
        heirs[#heirs + 1] = flag .. heir
        left[#left + 1] = line
        table.insert(lanes[lane], heir)
      else
        free[#free + 1] = key
      end
    end
  end
  if #free > 0 then call('HDEL', busy, unpack(free)) end
  if #heirs > 0 then
    call('HSET', busy, unpack(heirs))
    wake(peer)
  end
  for _, line in ipairs(left) do
    call('LPOP', line)
  end
  for lane, ids in pairs(lanes) do
    if #ids > 0 then call('RPUSH', ready .. lane, unpack(ids)) end
  end
  call('ZREM', P .. 'open:' .. peer, unpack(closed))
end
