-- waiting: part of accept and wait_on; `P`, `call` and `now` are theirs. An exception that waits is
-- whole and visible as any other, and waits for what it names, for a time. `what`: "ref:", a peer,
-- ":", that peer's id of a thing; "key:" and the key of an order that has not come; or "step:" and
-- the key of a thing that another step is to move first.

-- Stands last in the line of those that wait for the same.
local function joinLine(id, what, till)
  call('ZADD', P .. 'waits', till, id)
  call('RPUSH', P .. 'awaits:' .. what, id)
  -- It came while this was on its way.
  if call('EXISTS', P .. what) == 1 then call('ZADD', P .. 'arrived', 'NX', now, what) end
end
