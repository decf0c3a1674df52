-- confirm: part of settle, whose names it uses. Receipts that are the peer's own ids of things.

-- The id leads to the record's key from now on. Returns why not: it leads to another, where it
-- stays. It comes before the outcome: what is cut off between them is delivered again.
local function refer(peer, i)
  local id, key = ARGV[i + CODE], ARGV[i + KEY]
  local life = string.match(ARGV[i + DETAIL], '%d+$')
  local ref, refs = P .. 'ref:' .. peer .. ':' .. id, P .. 'refs:' .. key
  local known = call('SET', ref, key, 'NX', 'GET', 'PX', life)
  if known and known ~= key then
    return 'The peer has confirmed it with the id ' .. id .. ', which is that of ' .. known ..
      ' already: it may hold both for one thing.'
  end
  if known then call('PEXPIRE', ref, life) end
  call('HSET', refs, peer, id)
  call('PEXPIRE', refs, life)
  arrive(peer, id, key)
end
