-- failures: part of accept, whose words and names it uses. What a damaged key fails, and nothing else.

-- The keys that this record needs, and the type that each should have.
local function suspectsOf(i)
  local id, peer, key = words[i], words[i + PEER], words[i + KEY]
  local suspects = { string.sub(ledgerOf(peer, words[i + SOURCE], words[i + PRINT]), #P + 1), 'hash',
                     'life:' .. key, 'string', 'known:' .. key, 'hash', 'rec:' .. id, 'hash', 'rights', 'hash',
                     'same:' .. peer, 'hash', 'excs', 'zset', 'excn', 'hash', 'share', 'hash' }
  for to in string.gmatch(words[i + TO], '%S+') do
    for _, word in ipairs({ 'leases:' .. to, 'hash', 'open:' .. to, 'zset', 'busy:' .. to, 'hash',
                            'count:' .. to, 'hash', 'wait:' .. to .. ':' .. key, 'list',
                            'ready:' .. to .. ':n', 'list', 'ready:' .. to .. ':h', 'list' }) do
      suspects[#suspects + 1] = word
    end
  end
  return suspects
end

-- Those entries failed, if it is damage: what Redis refuses for another reason ends the script, for the entries behind
-- would pass these.
local function fail(entries, why, keys)
  local text = type(why) == 'table' and why.err or tostring(why)
  local damage = string.find(text, 'WRONGTYPE', 1, true) or string.find(text, 'not an integer', 1, true) or
    string.find(text, 'content is missing', 1, true) or string.find(text, '^user_script:')
  if not damage then error(why, 0) end
  why = namedCause(text, keys)
  for _, n in ipairs(entries) do
    if not failed[n] then
      failures[#failures + 1] = n
      failures[#failures + 1] = why
    end
    failed[n] = true
  end
end

-- Of what could not be lined up fails what stands in a key's line that Redis refuses, or all of that peer.
local function failLines(peer, o, bad, why)
  local lanes = { 'ready:' .. peer .. ':n', 'list', 'ready:' .. peer .. ':h', 'list' }
  if why then
    return fail(o.numbers, why, { 'open:' .. peer, 'zset', 'busy:' .. peer, 'hash', unpack(lanes) })
  end
  for j, key in ipairs(o.keys) do
    if bad[key] then
      fail({ o.numbers[j] }, bad[key], { 'wait:' .. peer .. ':' .. key, 'list', unpack(lanes) })
    end
  end
end
