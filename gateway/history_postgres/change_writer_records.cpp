// Records and their contents.
#include "history/terms.h"
#include "history_postgres/change_writer.h"

namespace lianqiao::history {

using postgres::Column;
using Kind = postgres::Column::Kind;

/// The last block of a partition is filled up first: where little comes, a batch has few records.
/// Null on failure.
ChangeWriter::Blocks* ChangeWriter::openBlocks(std::int64_t part) {
  const auto [found, isNew] = open_.try_emplace(part);
  Blocks& blocks = found->second;
  if (isNew) {
    // A block that is full is not fetched.
    const auto last = connection_.run(
        "SELECT number, CASE WHEN count<$2 THEN bytes END FROM block WHERE part=$1"
        " ORDER BY number DESC LIMIT 1",
        {postgres::valueOf(part),
         postgres::valueOf(static_cast<std::int64_t>(BlockMaker::kMostContents))});
    if (!last) return nullptr;
    blocks.number = last->count() == 0 ? 1 : last->integer(0, 0);
    if (last->count() == 0) return &blocks;
    // One that is damaged stays as it is, for verify() to name.
    if (!last->isNull(0, 1) && blocks.maker.resume(last->bytes(0, 1)) && !blocks.maker.full())
      return &blocks;
  } else if (!blocks.maker.full()) {
    return &blocks;
  } else {
    keepBlock(part, blocks);
  }
  blocks.maker.clear();
  ++blocks.number;
  return &blocks;
}

void ChangeWriter::keepBlock(std::int64_t part, const Blocks& blocks) {
  packed_[{part, blocks.number}] = {static_cast<std::int64_t>(blocks.maker.count()),
                                    blocks.maker.pack()};
}

bool ChangeWriter::writeContents() {
  for (const auto& [id, record] : changes_.records()) {
    if (record.content == nullptr) continue;
    const std::int64_t of = numberOf(record.partition);
    Blocks* const blocks = openBlocks(of);
    if (blocks == nullptr) return false;
    places_[id] = {blocks->number, static_cast<std::int64_t>(blocks->maker.count())};
    const record::StoredRecord& content = record.content->content;
    blocks->maker.add(content.event, content.body, content.evidence);
  }
  for (const auto& [of, blocks] : open_) keepBlock(of, blocks);
  Column part(Kind::number), number(Kind::number), count(Kind::number), bytes(Kind::bytes);
  for (const auto& [of, block] : packed_) {
    part.add(of.first);
    number.add(of.second);
    count.add(block.first);
    bytes.add(block.second);
  }
  if (part.count() == 0) return true;
  return connection_
      .run(
          "INSERT INTO block SELECT * FROM unnest($1,$2,$3,$4)"
          " ON CONFLICT(number, part) DO UPDATE SET count=excluded.count, bytes=excluded.bytes",
          {part.value(), number.value(), count.value(), bytes.value()})
      .has_value();
}

std::vector<std::uint64_t> ChangeWriter::termsOf(const BatchRecord& content) {
  const Particulars& particulars = content.particulars;
  std::vector<std::uint64_t> terms;
  if (!particulars.sourceId.empty()) terms.push_back(idTerm(key_, particulars.sourceId));
  if (!content.content.key.empty()) terms.push_back(idTerm(key_, content.content.key));
  appendTerms(key_, particulars, words_, terms);
  return terms;
}

/// Records that are new, and those of which the content was missing.
bool ChangeWriter::writeWholeRecords() {
  Column part(Kind::number), id(Kind::uuid), peer(Kind::text), type(Kind::text), key(Kind::bytes),
      source(Kind::bytes), revision(Kind::bytes), accepted(Kind::number), happened(Kind::number),
      division(Kind::text), grid(Kind::text), configuration(Kind::text), flags(Kind::number),
      block(Kind::number), place(Kind::number), destinations(Kind::text), terms(Kind::text);
  static const BatchRecord kNone;
  for (const auto& [of, record] : changes_.records()) {
    if (!record.isWhole) continue;
    const bool gone = record.content == nullptr;
    const BatchRecord& content = gone ? kNone : *record.content;
    part.add(numberOf(record.partition));
    id.add(of.bytes());
    peer.add(content.content.peer);
    type.add(content.content.type);
    key.add(sealedColumn(key_, content.content.key));
    source.add(sealedColumn(key_, content.particulars.sourceId));
    revision.add(sealedColumn(key_, content.particulars.revision));
    accepted.add(columnOf(gone ? of.time() : content.content.accepted));
    happened.add(columnOf(gone ? of.time() : content.particulars.happened));
    division.add(content.particulars.division);
    grid.add(content.particulars.grid);
    configuration.add(record.configuration);
    flags.add(record.flags);
    const auto at = places_.find(of);
    block.add(at == places_.end() ? std::int64_t{0} : at->second.block);
    place.add(at == places_.end() ? std::int64_t{0} : at->second.place);
    std::string to;
    for (const std::string& one : content.content.destinations) {
      if (!to.empty()) to += ',';
      to += one;
    }
    destinations.add(to);
    terms.add(termsText(termsOf(content)));
  }
  if (part.count() == 0) return true;
  return connection_
      .run(
          "INSERT INTO record SELECT u.part, u.id, u.peer, u.type, u.key, u.source, u.revision,"
          " u.accepted, u.happened, u.division, u.grid, u.configuration, u.flags, u.block,"
          " u.place, string_to_array(u.destinations, ','), '{}', u.terms::bigint[]"
          " FROM unnest($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)"
          " u(part, id, peer, type, key, source, revision, accepted, happened, division, grid,"
          " configuration, flags, block, place, destinations, terms)"
          " ON CONFLICT(id, part) DO UPDATE SET peer=excluded.peer, type=excluded.type,"
          " key=excluded.key, source=excluded.source, revision=excluded.revision,"
          " accepted=excluded.accepted, happened=excluded.happened, division=excluded.division,"
          " grid=excluded.grid, flags=excluded.flags, block=excluded.block,"
          " place=excluded.place, destinations=excluded.destinations, terms=excluded.terms,"
          " configuration=CASE excluded.configuration WHEN '' THEN record.configuration"
          " ELSE excluded.configuration END",
          {part.value(), id.value(), peer.value(), type.value(), key.value(), source.value(),
           revision.value(), accepted.value(), happened.value(), division.value(), grid.value(),
           configuration.value(), flags.value(), block.value(), place.value(), destinations.value(),
           terms.value()})
      .has_value();
}

/// Those of which a part of the columns is new. What a content was found by before it is found by
/// still: erasing one person must come to its former content, too.
bool ChangeWriter::writeChangedRecords() {
  Column part(Kind::number), id(Kind::uuid), flags(Kind::number), configuration(Kind::text),
      block(Kind::number), place(Kind::number), revision(Kind::bytes), happened(Kind::number),
      terms(Kind::text);
  for (const auto& [of, record] : changes_.records()) {
    if (record.isWhole || !record.isChanged) continue;
    part.add(numberOf(record.partition));
    id.add(of.bytes());
    flags.add(record.flags);
    configuration.add(record.configuration);
    if (record.content == nullptr) {
      for (Column* one : {&block, &place, &revision, &happened, &terms}) one->addNull();
      continue;
    }
    block.add(places_.at(of).block);
    place.add(places_.at(of).place);
    revision.add(sealedColumn(key_, record.content->particulars.revision));
    happened.add(columnOf(record.content->particulars.happened));
    terms.add(termsText(termsOf(*record.content)));
  }
  if (part.count() == 0) return true;
  return connection_
      .run(
          "UPDATE record r SET flags=u.flags, configuration=CASE u.configuration WHEN ''"
          " THEN r.configuration ELSE u.configuration END,"
          " block=coalesce(u.block, r.block), place=coalesce(u.place, r.place),"
          " revision=coalesce(u.revision, r.revision), happened=coalesce(u.happened, r.happened),"
          " former=CASE WHEN u.block IS NULL THEN r.former"
          " ELSE r.former || ARRAY[r.block, r.place] END,"
          " terms=CASE WHEN u.terms IS NULL THEN r.terms ELSE ARRAY("
          "SELECT unnest(r.terms) UNION SELECT unnest(u.terms::bigint[])) END"
          " FROM unnest($1,$2,$3,$4,$5,$6,$7,$8,$9)"
          " u(part, id, flags, configuration, block, place, revision, happened, terms)"
          " WHERE r.part=u.part AND r.id=u.id",
          {part.value(), id.value(), flags.value(), configuration.value(), block.value(),
           place.value(), revision.value(), happened.value(), terms.value()})
      .has_value();
}

}  // namespace lianqiao::history
