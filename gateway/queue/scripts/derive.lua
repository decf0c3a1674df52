-- derive: part of accept, whose words and names it uses. What is derived from a record is taken with
-- it, or not at all.
-- By level, of the last record there.
local became = {}   -- 'new', the first that it repeats, or nothing
local windows = {}  -- `once` of the order that comes next
local joined = {}   -- a step has taken the place of that order

-- By what is alike: the key of the order that others join, as an event has it, a line end, the key.
local opened = {}
local openings = {}  -- those of this group, to be written

-- A repetition completes what a step that ended half-way did not store. That record names what was
-- derived from it; of what stands with bars between, one alone was taken.
local function lacksDerived(first)
  local ids = redis.pcall('HGET', P .. 'rec:' .. first, 'c')
  if type(ids) ~= 'string' then return false end
  for place in string.gmatch(ids, '%S+') do
    local there = false
    for id in string.gmatch(place, '[^|]+') do
      there = there or mine[id] or redis.pcall('HEXISTS', P .. 'rec:' .. id, 'k') == 1
    end
    if not there then return true end
  end
  return false
end

-- Whether the record that it is derived from is taken now, or was and lacks it.
local function hasCause(level)
  local cause = became[level - 1]
  return cause == 'new' or cause and lacksDerived(cause)
end

local function isKnown(i)
  local ledger = ledgerOf(words[i + PEER], words[i + SOURCE], words[i + FINGERPRINT])
  return newest[ledger] or redis.pcall('EXISTS', ledger) == 1
end

local function takeDerived(n, kind, i, level)
  quiet = level > 0
  take(n, kind, i)
  quiet = false
  return taken[#taken] == i and 'new' or repeated[i]
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

-- A step of the order that something alike has made, where that was not long ago and may have it.
-- Else the order behind it is taken.
local function join(n, kind, i, level, once)
  became[level], windows[level], joined[level] = nil, once, false
  local cause = became[level - 1]
  local comes = hasCause(level) and (cause == 'new' or not isKnown(i))
  local first = comes and (opened[once.alike] or redis.pcall('GET', P .. 'once:' .. once.alike))
  local quoted, key = string.match(type(first) == 'string' and first or '', '^([^\n]*)\n(.*)$')
  if key and quoted ~= once.key and pcall(bind, i, once, quoted, key) then
    trial = true
    joined[level] = takeDerived(n, kind, i, level) ~= nil
    trial = false
  end
  if not joined[level] then pcall(discard, i) end
end

-- From now on others join this order.
local function open(once, key)
  opened[once.alike] = once.key .. '\n' .. key
  openings[#openings + 1] = once
end

local function openWindows()
  for _, once in ipairs(openings) do
    call('SET', P .. 'once:' .. once.alike, opened[once.alike], 'PX', once.within)
  end
end

local function takeFamily(n, kind, i, level, once)
  if once then return join(n, kind, i, level, once) end
  local window, isJoined = windows[level], joined[level]
  became[level], windows[level], joined[level] = nil, nil, nil
  local known = window and isKnown(i)
  if level > 0 and (isJoined or not hasCause(level)) or known and became[level - 1] ~= 'new' then
    pcall(discard, i)
    return
  end
  became[level] = takeDerived(n, kind, i, level)
  if window and not known and became[level] == 'new' then open(window, words[i + KEY]) end
end

local function keepFamily(n, i, level, waits)
  if level > 0 and not hasCause(level) then return end
  became[level] = nil
  quiet = level > 0
  keep(n, i, waits)
  quiet = false
end
