-- ledger: part of accept, whose words and names it uses. What a thing was sent as, and as which
-- record.
-- A ledger of one entry is a string, so that one command looks and enters:
--   "<id> <fingerprint> <u or -> <at or -> <unit or ->", a line end, the entry's field.
-- `u`: its content is compared with the next. From the second entry on it is a hash.
local single = {}  -- by ledger, while it is a string: field, entry, u, t

local function readSingle(text)
  local id, fingerprint, compared, at, unit, field =
    string.match(text, '^(%S+) (%S+) ([u-]) (%S+) (%S+)\n(.+)$')
  if not id then error({ err = 'WRONGTYPE this is no ledger' }, 0) end
  return {
    field = field,
    entry = id .. ' ' .. fingerprint,
    u = compared == 'u' and id .. ' - ' or false,
    t = at ~= '-' and at .. ' ' .. unit .. ' ' .. id or false,
  }
end

-- That field of it, u and t.
local function readLedger(ledger, field)
  local one = single[ledger]
  if not one then
    local known = redis.pcall('HMGET', ledger, field, 'u', 't')
    if not known.err then return known[1], known[2], known[3] end
    one = readSingle(call('GET', ledger))
    single[ledger] = one
  end
  return one.field == field and one.entry, one.u, one.t
end

-- Enters what nobody has sent yet, in one step. False: it is known, or its ledger has more than one
-- entry.
local function enterFirst(i, ledger, field, compared, at, unit)
  local id, fingerprint, u = words[i], words[i + FINGERPRINT], compared and 'u' or '-'
  local text = table.concat({ id, fingerprint, u, at or '-', at and unit or '-' }, ' ')
  local known = redis.pcall('SET', ledger, text .. '\n' .. field, 'NX', 'GET', 'PX', life)
  if not known then
    single[ledger] = readSingle(text .. '\n' .. field)
    return true
  end
  if type(known) == 'string' then
    single[ledger] = readSingle(known)
  elseif not string.find(known.err, 'WRONGTYPE', 1, true) then
    error(known, 0)
  end
  return false
end

-- A second entry comes. The hash takes the string's place in one step.
local function unfold(ledger)
  local one, unfolded = single[ledger], P .. 'unfold'
  if not one then return end
  call('DEL', unfolded)
  call('HSET', unfolded, one.field, one.entry)
  if one.u then call('HSET', unfolded, 'u', one.u) end
  if one.t then call('HSET', unfolded, 't', one.t) end
  call('PEXPIRE', unfolded, life)
  call('RENAME', unfolded, ledger)
  single[ledger] = nil
end
