-- references: part of accept, whose words and names it uses. Which key a peer's own id of a thing
-- leads to: `ref`. Which ids peers have for what a key stands for: `refs`.
local claimed = {}    -- by name of `ref`: the key, here and by this group so far
local referring = {}  -- where the words of records begin that may refer

local function refOf(i)
  return P .. 'ref:' .. words[i + PEER] .. ':' .. theirIds[i]
end

-- False: the id is that of another key, and stays that; the record is quarantined.
local function mayRefer(n, i)
  local ref, key = refOf(i), words[i + KEY]
  local known = claimed[ref] or call('GET', ref)
  if known and known ~= key then
    quarantineRecord(n, 'i', i, 'validate.reference_taken', '/reference',
                     'the id ' .. theirIds[i] .. ' of peer ' .. words[i + PEER] .. ' is that of ' ..
                     known .. ', and cannot be that of ' .. key .. ', too')
    return false
  end
  claimed[ref] = key
  referring[#referring + 1] = i
  return true
end

-- Of one that is accepted, or came before: what was cut off then is made up for.
local function refer(i)
  local refs = P .. 'refs:' .. words[i + KEY]
  call('SET', refOf(i), words[i + KEY], 'PX', life)
  redis.pcall('HSET', refs, words[i + PEER], theirIds[i])
  redis.pcall('PEXPIRE', refs, life)
  arrive(words[i + PEER], theirIds[i], words[i + KEY])
end
