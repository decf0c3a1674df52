-- revise: part of accept, whose words and names it uses.
-- What was revised before the last revision of its thing, by its sender's own time, would set it back: as with steps it
-- is marked, or set aside: then false. Keys that several peers name (`shared`) have a time of each. One time through
-- all revisions of a thing (when it was made) tells nothing. `known`: field t of its ledger.
local function revises(n, i, ledger, known, shared)
  local at, unit = spanOf(i, REVISED)
  if not at then return true end
  local last = tonumber(string.match(told[ledger] or known or '', '^%-?%d+'))
  local o = shared and orderOf(words[i + KEY])
  local later = last and at + unit <= last and words[i + PEER] or
    o and last ~= at and toldLater(o, i, REVISED, 'o:')
  if later then
    if lateIs == 'a' and words[i + REVISED.flags] ~= 'f' then
      setAside(n, 'v', i, 'validate.late_step', '/time',
               'this revision is older than one that ' .. later .. ' told of')
      return false
    end
    late[i] = true
    return true
  end
  if not last or at >= last then told[ledger] = string.format('%d %d ', at, unit) .. words[i] end
  if o then
    tell(o, 'o:' .. words[i + PEER], at, unit)
    if #o.set > 0 then moved[words[i + KEY]] = o end
  end
  return true
end
