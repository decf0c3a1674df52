#include "history_postgres/postgres_eraser.h"

#include "history/block_codec.h"
#include "history/terms.h"
#include "lianqiao/ascii.h"

namespace lianqiao::history {

using postgres::Column;
using Kind = postgres::Column::Kind;
using postgres::Rows;
using postgres::valueOf;

namespace {

/// Numbers that commas part.
std::vector<std::int64_t> numbersIn(std::string_view text) {
  std::vector<std::int64_t> numbers;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    numbers.push_back(decimalText(text.substr(0, end)).value_or(0));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return numbers;
}

/// What was sealed held a number.
std::string keptColumn(std::string_view column) {
  return isSealed(column) ? std::string("t") : std::string(column);
}

}  // namespace

std::optional<std::size_t> PostgresEraser::erase(std::uint64_t term) {
  const auto records = connection_.run(
      "SELECT part, id, key, source, revision, division, grid, block, place,"
      " array_to_string(former, ',') FROM record WHERE terms @> $1::bigint[]",
      {valueOf(termsText({term}))});
  const auto quarantined = blankExceptions(term);
  if (!records || !quarantined) return std::nullopt;
  const auto count = static_cast<std::size_t>(records->count()) + *quarantined;
  if (records->count() == 0) return count;
  std::map<BlockOf, std::set<std::int64_t>> places;
  for (int row = 0; row < records->count(); ++row) {
    const std::int64_t part = records->integer(row, 0);
    if (const std::int64_t block = records->integer(row, 7); block != 0)
      places[{part, block}].insert(records->integer(row, 8));
    const std::vector<std::int64_t> former = numbersIn(records->bytes(row, 9));
    for (std::size_t i = 0; i + 1 < former.size(); i += 2)
      if (former[i] != 0) places[{part, former[i]}].insert(former[i + 1]);
  }
  for (const auto& [block, at] : places)
    if (!blankBlock(block, at)) return std::nullopt;
  return blankRecords(*records) ? std::optional(count) : std::nullopt;
}

/// That it was there, from whom and why, stays. 115 is 's'.
std::optional<std::size_t> PostgresEraser::blankExceptions(std::uint64_t term) {
  const auto blanked = connection_.run(
      "UPDATE exception SET contents='', note='', numbers='{}',"
      " term=CASE WHEN length(source)>0 AND get_byte(source, 0)=115 THEN NULL ELSE term END,"
      " source=CASE WHEN length(source)>0 AND get_byte(source, 0)=115 THEN 't' ELSE source END"
      " WHERE numbers @> $1::bigint[] RETURNING 1",
      {valueOf(termsText({term}))});
  if (!blanked) return std::nullopt;
  return static_cast<std::size_t>(blanked->count());
}

bool PostgresEraser::blankBlock(const BlockOf& block, const std::set<std::int64_t>& places) {
  const auto read = connection_.run("SELECT bytes FROM block WHERE part=$1 AND number=$2",
                                    {valueOf(block.first), valueOf(block.second)});
  if (!read) return false;
  const auto contents = read->count() > 0 ? unpackBlock(read->bytes(0, 0)) : std::nullopt;
  metDamage_ = !contents || static_cast<std::size_t>(*places.rbegin()) >= contents->size();
  if (metDamage_) return false;
  BlockMaker maker;
  std::int64_t place = 0;
  for (const Contents& one : *contents) {
    const Contents kept = places.contains(place++) ? Contents() : one;
    maker.add(kept.event, kept.body, kept.evidence, kept.origin);
  }
  return connection_
      .run("UPDATE block SET bytes=$3 WHERE part=$1 AND number=$2",
           {valueOf(block.first), valueOf(block.second), postgres::bytesValue(maker.pack())})
      .has_value();
}

/// By ids and region they are found still.
bool PostgresEraser::blankRecords(const Rows& records) {
  Column part(Kind::number), id(Kind::uuid), key(Kind::bytes), source(Kind::bytes),
      revision(Kind::bytes), terms(Kind::text);
  for (int row = 0; row < records.count(); ++row) {
    part.add(records.integer(row, 0));
    id.add(records.bytes(row, 1));
    key.add(keptColumn(records.bytes(row, 2)));
    source.add(keptColumn(records.bytes(row, 3)));
    revision.add(keptColumn(records.bytes(row, 4)));
    std::vector<std::uint64_t> kept;
    for (const int column : {2, 3}) {
      const std::string text = unsealedColumn(key_, keptColumn(records.bytes(row, column)));
      if (!text.empty()) kept.push_back(idTerm(key_, text));
    }
    appendRegionTerms(records.bytes(row, 5), kept);
    if (!records.bytes(row, 6).empty()) kept.push_back(regionTerm(records.bytes(row, 6)));
    terms.add(termsText(std::move(kept)));
  }
  const std::vector<postgres::Value> ofRecords{part.value(), id.value()};
  // What is masked in a detail may still tell whose it was. 115 is 's'.
  return connection_.run(
             "UPDATE record r SET flags=r.flags | 8, key=u.key, source=u.source,"
             " revision=u.revision, terms=u.terms::bigint[], former='{}'"
             " FROM unnest($1,$2,$3,$4,$5,$6) u(part, id, key, source, revision, terms)"
             " WHERE r.part=u.part AND r.id=u.id",
             {part.value(), id.value(), key.value(), source.value(), revision.value(),
              terms.value()}) &&
         connection_.run(
             "UPDATE delivery SET receipt='t', term=NULL WHERE part=ANY($1)"
             " AND record=ANY($2) AND get_byte(receipt, 0)=115",
             ofRecords) &&
         connection_.run(
             "UPDATE attempt SET detail='', answer='' WHERE part=ANY($1)"
             " AND record=ANY($2)",
             ofRecords) &&
         connection_.run("DELETE FROM sent WHERE part=ANY($1) AND record=ANY($2)", ofRecords);
}

}  // namespace lianqiao::history
