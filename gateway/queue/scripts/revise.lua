-- revise: part of accept, whose words and names it uses.

-- What was revised before the last revision of its thing, by its sender's own time, would set it
-- back: as with steps it is marked, or quarantined: then false. Keys that several peers name
-- (`shared`) have a time of each. One time through all revisions of a thing (when it was made)
-- tells nothing. `known`: field t of its ledger.
local function revises(n, kind, i, ledger, known, shared)
  local at, unit = spanOf(i, kind)
  local peer, key = words[i + PEER], words[i + KEY]

  -- Who told of a later one?
  local last = tonumber(string.match(told[ledger] or known or '', '^%-?%d+'))
  local o = shared and orderOf(key)
  local later
  if at and last and at + unit <= last then
    later = peer
  else
    later = o and last ~= at and toldLater(o, i, kind, 'o:')
  end
  if later then
    if lateIs == 'a' and words[i + kind.flags] ~= 'f' then
      quarantineRecord(n, 'v', i, 'validate.late_step', '/time',
                       'this revision is older than one that ' .. later .. ' told of')
      return false
    end
    late[i] = true
    return true
  end

  -- May the thing be in the state that it tells?
  if kind == STEP then
    local well, why = advance(i, words[i])
    if not well then return cannotFollow(n, i, why) end
  end

  -- It is the last now.
  if not at then return true end
  if not last or at >= last then told[ledger] = string.format('%d %d ', at, unit) .. words[i] end
  if o then
    tell(o, 'o:' .. peer, at, unit)
    if #o.set > 0 then moved[key] = o end
  end
  return true
end
