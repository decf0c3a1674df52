-- ledger: part of accept, whose words and names it uses. What a thing was sent as, and as which
-- record.
-- A ledger of one entry is a string, so that one command looks and enters:
--   "<id> <fingerprint> <u or -> <at or -> <unit or ->", a line end, the entry's field.
-- `u`: its content is compared with the next. From the second entry on it is a hash.
local single = {}  -- by ledger: the string, while it is one

-- Its field, entry, u, t.
local function readSingle(ledger)
  local id, fingerprint, compared, at, unit, field =
    string.match(single[ledger], '^(%S+) (%S+) ([u-]) (%S+) (%S+)\n(.+)$')
  if not id then error({ err = 'WRONGTYPE ' .. ledger .. ' is no ledger' }, 0) end
  local u = compared == 'u' and id .. ' - ' or false
  local t = at ~= '-' and at .. ' ' .. unit .. ' ' .. id or false
  return field, id .. ' ' .. fingerprint, u, t
end

-- That field of it, u and t.
local function readLedger(ledger, field)
  if not single[ledger] then
    local known = redis.pcall('HMGET', ledger, field, 'u', 't')
    if not known.err then return known[1], known[2], known[3] end
    if not string.find(known.err, 'WRONGTYPE', 1, true) then error(known, 0) end
    single[ledger] = call('GET', ledger)
  end
  local its, entry, u, t = readSingle(ledger)
  return its == field and entry, u, t
end

-- Enters what nobody has sent yet, in one step. False: it is known, or its ledger has more than one
-- entry.
local function enterFirst(i, ledger, field, compared, at, unit)
  local text = words[i] .. ' ' .. words[i + FINGERPRINT] .. (compared and ' u ' or ' - ') ..
    (at and at .. ' ' .. unit or '- -') .. '\n' .. field
  local known = redis.pcall('SET', ledger, text, 'NX', 'GET', 'PX', life)
  if not known then
    single[ledger] = text
    return true
  end
  -- Whatever else is there, or keeps it from being entered, is met where it is read.
  if type(known) == 'string' then single[ledger] = known end
  return false
end

-- A second entry comes. The hash takes the string's place in one step.
local function unfold(ledger)
  if not single[ledger] then return end
  local field, entry, u, t = readSingle(ledger)
  local unfolded = P .. 'unfold'
  call('DEL', unfolded)
  call('HSET', unfolded, field, entry)
  if u then call('HSET', unfolded, 'u', u) end
  if t then call('HSET', unfolded, 't', t) end
  call('PEXPIRE', unfolded, life)
  call('RENAME', unfolded, ledger)
  single[ledger] = nil
end
