-- revise: part of accept, whose words and names it uses.
-- What was revised before the last revision of its thing, by its sender's own time, would set it back: as with steps it
-- is marked, or set aside. Keys that several peers name have a time of each. One time through all revisions of a thing
-- (when it was made) tells nothing.
local function revise(n, i, ledger, known, shared)
  local at, unit = spanOf(i, kinds.o)
  if not at then return true end
  local last, o = tonumber(string.match(told[ledger] or known or '', '^%-?%d+')), shared and orderOf(words[i + 5])
  local later = last and at + unit <= last and words[i + 1] or
    o and last ~= at and toldLater(o, i, kinds.o, 'o:')
  if later then
    if lateIs == 'a' and words[i + 15] ~= 'f' then
      setAside(n, 'v', i, 'validate.late_step', '/time', 'this revision is older than one that ' .. later .. ' told of')
      return false
    end
    late[i] = true
    return true
  end
  if not last or at >= last then told[ledger] = string.format('%d %d ', at, unit) .. words[i] end
  if o then
    tell(o, 'o:' .. words[i + 1], at, unit)
    if #o.set > 0 then moved[words[i + 5]] = o end
  end
  return true
end
