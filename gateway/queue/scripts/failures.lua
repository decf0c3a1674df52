-- failures: part of accept, whose words and names it uses. What a damaged key fails, and nothing
-- else.

-- The keys that this record needs, and the type that each should have.
local function suspectsOf(i)
  local id, peer, key = words[i], words[i + PEER], words[i + KEY]
  local ledger = ledgerOf(peer, words[i + SOURCE], words[i + FINGERPRINT])
  local suspects = {
    string.sub(ledger, #P + 1), 'hash or string',
    'life:' .. key, 'string',
    'known:' .. key, 'hash',
    'rec:' .. id, 'hash',
    'rights', 'hash',
    'same:' .. peer, 'hash',
    'excs', 'zset',
    'excn', 'hash',
    'share', 'hash',
  }
  if theirIds[i] then
    suspects[#suspects + 1] = string.sub(refOf(i), #P + 1)
    suspects[#suspects + 1] = 'string'
  end
  for _, name in ipairs(cycles) do
    local type = string.match(name, '^[^:]*')
    for _, word in ipairs({ 'cycle:' .. name, 'hash', 'life:' .. type .. ' ' .. key, 'string' }) do
      suspects[#suspects + 1] = word
    end
  end
  for to in string.gmatch(words[i + TO], '%S+') do
    local ofPeer = {
      'leases:' .. to, 'hash',
      'open:' .. to, 'zset',
      'busy:' .. to, 'hash',
      'count:' .. to, 'hash',
      'wait:' .. to .. ':' .. key, 'list',
      'ready:' .. to .. ':n', 'list',
      'ready:' .. to .. ':h', 'list',
    }
    for _, word in ipairs(ofPeer) do
      suspects[#suspects + 1] = word
    end
  end
  return suspects
end

local function isDamage(text)
  return string.find(text, 'WRONGTYPE', 1, true) or string.find(text, 'not an integer', 1, true) or
    string.find(text, 'content is missing', 1, true) or string.find(text, '^user_script:')
end

-- Those entries failed, if it is damage: what Redis refuses for another reason ends the script, for
-- the entries behind would pass these.
local function fail(entries, why, keys)
  local text = type(why) == 'table' and why.err or tostring(why)
  if not isDamage(text) then error(why, 0) end
  why = namedCause(text, keys)
  for _, n in ipairs(entries) do
    if not failed[n] then
      failures[#failures + 1] = n
      failures[#failures + 1] = why
    end
    failed[n] = true
  end
end

-- Of what could not be lined up fails what stands in a key's line that Redis refuses, or all of
-- that peer.
local function failLines(peer, o, bad, why)
  local high, normal = 'ready:' .. peer .. ':h', 'ready:' .. peer .. ':n'
  local function suspects(name, kind)
    return { name, kind, normal, 'list', high, 'list' }
  end
  if why then
    local keys = suspects('busy:' .. peer, 'hash')
    return fail(o.numbers, why, { 'open:' .. peer, 'zset', unpack(keys) })
  end
  for j, key in ipairs(o.keys) do
    if bad[key] then
      fail({ o.numbers[j] }, bad[key], suspects('wait:' .. peer .. ':' .. key, 'list'))
    end
  end
end
