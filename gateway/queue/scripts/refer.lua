#!lua flags=no-writes
-- refer: which key each of those ids of peers stands for.
-- KEYS[1] the prefix. ARGV: today (days since 1970), of how many days before it receipts are
-- searched, 1 where it is asked for those that waited, then peer and id in turn.
-- Returns the keys, "" where none is known. What came before ids were kept is looked for in the
-- ledger of that peer's things and among its receipts; it is known as long as its record. What
-- others still wait for is not known to those that come behind them.
local P, today, days = KEYS[1] .. ':', tonumber(ARGV[1]), tonumber(ARGV[2])
local waited = ARGV[3] == '1'
local call = redis.pcall  -- a key of another type is none that is known

local function textOf(answer)
  return type(answer) == 'string' and answer or nil
end

local function keyOf(record)
  return record and textOf(call('HGET', P .. 'rec:' .. record, 'k'))
end

-- By the ledger: a string where it has one entry. A thing's records have one key.
local function sent(peer, id)
  local ledger = P .. 'dup:' .. peer .. ':' .. id
  local entry = textOf(call('GET', ledger))
  local entries = entry and { entry } or call('HVALS', ledger)
  for _, one in ipairs(entries.err and {} or entries) do
    local key = keyOf(string.match(one, '^%S+'))
    if key then return key end
  end
end

local function confirmed(peer, id)
  for day = today, today - days, -1 do
    local record = textOf(call('HGET', P .. 'rcpt:' .. peer .. ':' .. day, id))
    if record then return keyOf(record) end
  end
end

local keys = {}
for i = 4, #ARGV, 2 do
  local peer, id = ARGV[i], ARGV[i + 1]
  local key = textOf(call('GET', P .. 'ref:' .. peer .. ':' .. id))
  key = key or sent(peer, id) or confirmed(peer, id) or ''
  local queued = key ~= '' and not waited and
    call('EXISTS', P .. 'awaits:ref:' .. peer .. ':' .. id) == 1
  keys[#keys + 1] = queued and '' or key
end
return keys
