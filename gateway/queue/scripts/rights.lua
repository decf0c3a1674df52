-- rights: part of accept, whose words and names it uses. Which peer may name which key, and what is
-- known of the thing that the key stands for.
local orders = {}   -- by key: what is known of it
local moved = {}    -- by key: those that changed
local granted = {}  -- by peer and key
local grants = {}   -- the same as a list, to be written
local since = {}    -- by peer: sinceOf

-- What is known of a thing, here and by this group so far.
local function orderOf(key)
  if orders[key] then return orders[key] end
  local o = { key = key, about = {}, set = {} }
  local about = call('HGETALL', P .. 'known:' .. key)
  for i = 1, #about, 2 do
    o.about[about[i]] = about[i + 1]
  end
  orders[key] = o
  return o
end

local function learn(o, field, value)
  o.about[field] = value
  o.set[#o.set + 1] = field
  o.set[#o.set + 1] = value
end

-- From when on it is written down which keys that peer may name: 0 always, now where it was owed
-- something before.
local function sinceOf(peer)
  if not since[peer] then
    since[peer] = call('HGET', P .. 'rights', peer)
    if not since[peer] then
      local owedBefore = tonumber(call('HGET', P .. 'count:' .. peer, 'owed') or 0)
      since[peer] = owedBefore > 0 and now or '0'
      call('HSET', P .. 'rights', peer, since[peer])
    end
  end
  return tonumber(since[peer])
end

local function mayName(peer, key)
  local isItsOwn = string.sub(key, 1, #peer + 1) == peer .. ':'
  if isItsOwn or granted[peer .. ' ' .. key] then return true end
  if orderOf(key).about['p:' .. peer] then return true end
  local from = sinceOf(peer)
  return from > 0 and now - from < tonumber(life)
end

-- Others that came before it wait for its order still, or are being taken up.
local function isBehind(i, key)
  return earlyMayWait and call('EXISTS', P .. 'awaits:key:' .. key) == 1 and
    not call('ZSCORE', P .. 'waits', words[i])
end

-- False: its key is none that its sender may name; it is quarantined. Where nothing is known of the
-- order it is early, perhaps, and waits for that.
local function mayStand(n, i, rights)
  local peer, key = words[i + PEER], words[i + KEY]
  local asks = string.sub(rights, 1, 1) == '?'
  local may = not asks or mayName(peer, key)
  if not may or asks and isBehind(i, key) then
    local isEarly = earlyMayWait and (may or next(orderOf(key).about) == nil)
    local why = may and 'others that came before it wait for its order' or
      'the key is that of no order which this peer has sent or was owed'
    quarantineRecord(n, 'k', i, 'validate.unknown_key', '/subject', why, nil,
                     isEarly and 'key:' .. key or nil)
    return false
  end
  -- It may fail, so before anything moves.
  for holder in string.gmatch(rights, '[^?%s]+') do
    sinceOf(holder)
  end
  return true
end

-- Its receivers may name its key in turn.
local function grant(i, rights)
  local key = words[i + KEY]
  for peer in string.gmatch(rights, '[^?%s]+') do
    granted[peer .. ' ' .. key] = true
    grants[#grants + 1] = { peer = peer, key = key }
  end
end
