-- derive: part of accept, whose words and names it uses. What is derived from a record is taken
-- with it, or not at all. Where the script ends half-way, the ledger names what is derived before
-- its cause (part store): the cause sent again is new then, and finds what is there already.
local openWindows, takeFamily, keepFamily
do
  local became = {}   -- by level, of the last there: 'new', the first that it repeats, or nothing
  local windows = {}  -- by level: `once` of the order that comes next
  local joined = {}   -- by level: a step has taken the place of that order
  local places = {}   -- of a repetition: what was derived from the first, in order
  local place = 0     -- which of these comes next

  -- By what is alike: the key of the order that others join, as an event has it, a line end, then
  -- the key.
  local opened = {}
  local openings = {}  -- those of this group, to be written

  local function readPlaces(first)
    local ids = redis.pcall('HGET', P .. 'rec:' .. first, 'c')
    for one in string.gmatch(type(ids) == 'string' and ids or '', '%S+') do
      places[#places + 1] = one
    end
  end

  -- Of ids with bars between the one that was taken.
  local function standing(ids)
    for id in string.gmatch(ids or '', '[^|]+') do
      if mine[id] or redis.pcall('HEXISTS', P .. 'rec:' .. id, 'k') == 1 then return id end
    end
  end

  local function takeOne(n, kind, i, level)
    together[i], unnamed[words[i + KEY]] = level > 0 and 2 or 1, true
    quiet = level > 0
    take(n, kind, i)
    quiet = false
    return taken[#taken] == i and 'new' or repeated[i]
  end

  -- Its cause is a repetition, and it was derived from the first as record `id`: that is lined up,
  -- where it stands in no line, whatever the rule would make today.
  local function recall(n, kind, i, id)
    named[i], quiet = id == words[i], true
    local well, why = pcall(repeats, n, kind, i, id, words[i + FINGERPRINT])
    quiet = false
    if not well then fail({ n }, why, suspectsOf(i)) end
  end

  local function exchange(text, from, to)
    local first, last = string.find(text, from, 1, true)
    if not first then return text end
    return string.sub(text, 1, first - 1) .. to .. string.sub(text, last + 1)
  end

  -- The step says that it is one of the order with that key.
  local function bind(i, once, quoted, key)
    local content = contentOf(i)
    local event = call('HGET', content, 'e')
    for _, name in ipairs({ '"subject":', '"orderKey":' }) do
      event = exchange(event, name .. once.key, name .. quoted)
    end
    call('HSET', content, 'k', key, 'e', event)
    rawset(words, i + KEY, key)
    bound[i] = true
  end

  -- The record that its own ledger names with this content.
  local function recorded(i)
    local revision, fingerprint = words[i + REVISION], words[i + FINGERPRINT]
    local ledger = ledgerOf(words[i + PEER], words[i + SOURCE], fingerprint)
    local field = revision ~= '' and 'r:' .. revision or 'c:' .. fingerprint
    local well, first = pcall(firstOf, ledger, field)
    return well and first or nil
  end

  -- A step of the order that something alike has made, where that was not long ago and may have it.
  -- Else the order behind it is taken.
  local function join(n, kind, i, level, once)
    windows[level], joined[level] = once, false
    local comes = became[level - 1] == 'new'
    local first = comes and (opened[once.alike] or redis.pcall('GET', P .. 'once:' .. once.alike))
    local quoted, key = string.match(type(first) == 'string' and first or '', '^([^\n]*)\n(.*)$')
    if key and quoted ~= once.key and pcall(bind, i, once, quoted, key) then
      trial = true
      joined[level] = takeOne(n, kind, i, level) ~= nil
      trial = false
    end
    -- Where the step before ended half-way it may be there, and its order not be told of.
    local id = comes and not joined[level] and recorded(i)
    if id then
      rawset(words, i + KEY, redis.pcall('HGET', P .. 'rec:' .. id, 'k') or words[i + KEY])
      recall(n, kind, i, id)
      joined[level] = true
    end
    if not joined[level] then discard(i) end
  end

  -- From now on others join this order.
  local function open(once, key)
    opened[once.alike] = once.key .. '\n' .. key
    openings[#openings + 1] = once
  end

  function openWindows()
    for _, once in ipairs(openings) do
      call('SET', P .. 'once:' .. once.alike, opened[once.alike], 'PX', once.within)
    end
  end

  local function isKnown(i)
    local ledger = ledgerOf(words[i + PEER], words[i + SOURCE], words[i + FINGERPRINT])
    return newest[ledger] or redis.pcall('EXISTS', ledger) == 1
  end

  local function takeDerived(n, kind, i, level)
    place = place + 1
    local once, isJoined, cause = windows[level], joined[level], became[level - 1]
    windows[level], joined[level], became[level] = nil, nil, nil
    if cause == 'new' and not isJoined then
      local known = once and isKnown(i)
      became[level] = takeOne(n, kind, i, level)
      if once and not known and became[level] == 'new' then open(once, words[i + KEY]) end
      return
    end
    local id = cause and not isJoined and (standing(places[place]) or recorded(i))
    became[level] = id or nil
    if id then
      recall(n, kind, i, id)
    else
      discard(i)
    end
  end

  -- `leads`: something that is derived from it comes next.
  function takeFamily(n, kind, i, level, once, leads)
    if once then return join(n, kind, i, level, once) end
    if level > 0 then return takeDerived(n, kind, i, level) end
    became, windows, joined, places, place = {}, {}, {}, {}, 0
    if not leads then return take(n, kind, i) end
    became[0] = takeOne(n, kind, i, 0)
    if became[0] and became[0] ~= 'new' then readPlaces(became[0]) end
  end

  function keepFamily(n, i, level, waits)
    if level == 0 then return keep(n, i, waits) end
    local comes = became[level - 1] == 'new'
    became[level] = nil
    if not comes then return end
    quiet = true
    keep(n, i, waits)
    quiet = false
  end
end
