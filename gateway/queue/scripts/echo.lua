-- echo: part of accept, whose words and names it uses. The very change that a peer sent is not owed
-- to it, also where it comes back through another platform.
local withoutEchoes
do
  -- What is made of another record goes to whoever sent that one.
  local function isDerived(rec)
    local event = call('HGET', rec, 'e') or ''
    local head = string.sub(event, 1, (string.find(event, ',"data":', 1, true) or 1) - 1)
    return string.find(head, '"cause":"', 1, true) ~= nil
  end

  -- Whether two decoded values say the same.
  local function isSame(one, other)
    if type(one) ~= 'table' or type(other) ~= 'table' then return one == other end
    for name, value in pairs(one) do
      if not isSame(value, other[name]) then return false end
    end
    for name in pairs(other) do
      if one[name] == nil then return false end
    end
    return true
  end

  -- The data of an event without what no field took: that differs from platform to platform. None
  -- where the event is long.
  local function dataOf(event)
    if not event or #event > 65536 then return end
    local well, whole = pcall(cjson.decode, event)
    local data = well and type(whole) == 'table' and whole.data
    if type(data) ~= 'table' then return end
    data.sourceFields = nil
    return data
  end

  -- What that peer sent of the thing as `id`, by its ledger: the field of the revision asked for,
  -- the latest record, and whether that has a revision. None of a thing of more than 1,000 entries.
  local function sentOf(peer, id, field)
    local ledger = P .. 'dup:' .. peer .. ':' .. id
    local entries = redis.pcall('HGETALL', ledger)
    if entries.err then
      local whole, its = string.match(redis.pcall('GET', ledger), '^(%S+)[^\n]*\n(.+)$')
      entries = whole and { its, whole } or {}
    end
    local found, last, revised
    for k = 1, #entries <= 2000 and #entries or 0, 2 do
      local name, record = entries[k], string.match(entries[k + 1], '^%S+')
      if string.find(name, '^[rc]:') and record then
        if name == field then found = record end
        if not last or record > last then
          last, revised = record, string.sub(name, 1, 2) == 'r:'
        end
      end
    end
    return found, last, revised
  end

  -- The mark in `refs` of a peer: the last record of another that went out to it.
  local function markOf(peer)
    return '>' .. peer
  end

  -- Whether what came from another platform says what `peer` sent last, or, where that peer gives
  -- revisions, bears one of those. What others changed since makes it a change.
  local function comesBack(i, peer, refs, rec)
    local id, mark = unpack(redis.pcall('HMGET', refs, peer, markOf(peer)))
    if not id then return false, false end
    local revision = words[i + REVISION]
    local same, last, revised = sentOf(peer, id, 'r:' .. revision)
    local its = same or not revised and (not mark or last and last > mark) and last
    if not its then return false, true end
    local kind, event = unpack(call('HMGET', P .. 'rec:' .. its, 't', 'e'))
    local ownKind, own = unpack(call('HMGET', rec, 't', 'e'))
    if kind ~= ownKind then return false, true end
    if same then return true, true end
    local one, other = dataOf(event), dataOf(own)
    return one ~= nil and other ~= nil and isSame(one, other), true
  end

  -- Whom it is owed to. Those to whom it is none stand in field `n`.
  function withoutEchoes(i, rec)
    local to, sender, rights = words[i + TO], words[i + PEER], words[i + RIGHTS]
    local another = string.sub(rights, 1, 1) == '?' and not steps[i]
    if to ~= sender and not another and not string.find(to, sender, 1, true) then return to end
    local kept, held, refs = {}, {}, P .. 'refs:' .. words[i + KEY]
    for peer in string.gmatch(to, '%S+') do
      local echo, known = peer == sender and not isDerived(rec), false
      if not echo and another and peer ~= sender then
        echo, known = comesBack(i, peer, refs, rec)
      end
      if known and not echo then redis.pcall('HSET', refs, markOf(peer), words[i]) end
      table.insert(echo and held or kept, peer)
    end
    if #held == 0 then return to end
    to = table.concat(kept, ' ')
    call('HSET', rec, 'to', to, 'n', table.concat(held, ' '), 'o', #kept)
    if #kept < 2 then call('HDEL', rec, 'o') end
    for _, peer in ipairs(held) do
      count(peer, 'echoes')
      note('h', peer .. ' ' .. words[i])
    end
    return to
  end
end
