#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/host.h"
#include "lianqiao/json.h"
#include "record/journal.h"
#include "record/leaf_classes.h"
#include "record/schema_set.h"

namespace lianqiao::history {

/// What a record's event tells beside what the queue knows: columns, and what a search finds it
/// by. Holds personal values in clear: for memory alone.
struct Particulars {
  std::string sourceId;
  std::string revision;
  std::string division;
  std::string grid;
  WallTime happened{};
  bool high = false;
  std::vector<std::string> ids;      ///< Others that it is looked for by, as an order's number.
  std::vector<std::string> numbers;  ///< Telephone and id numbers, as searchableNumber() has them.
  std::string words;                 ///< Its texts, a line each, as searchableText() has them.
};

/// Of a telephone or id number as it is written: digits, and letters in upper case; without +86.
[[nodiscard]] std::string searchableNumber(std::string_view written);
/// ASCII in lower case and half width.
[[nodiscard]] std::string searchableText(std::string_view written);

/// Reads particulars out of events, by the annotations of their schemas: texts are what is not
/// public and no number, name or address included; numbers are leaves with x-mask phone or id, and
/// numbers of persons in texts; ids are leaves with x-finds. A type without schema is read as if
/// nothing in it were public. Not thread-safe.
class ParticularsReader {
 public:
  /// `schemas` must outlive it.
  explicit ParticularsReader(const record::SchemaSet& schemas);

  /// Of an event that is none: what the queue knows, and no more.
  Particulars read(const record::StoredRecord& stored);

 private:
  const record::LeafClasses& classesOf(const std::string& type);
  void walk(const record::LeafClasses::Place& place, const json::Value& value, Particulars& into);
  static void leaf(const record::LeafClasses::Place& place, std::string_view text,
                   Particulars& into);

  const record::SchemaSet& schemas_;
  std::map<std::string, record::LeafClasses, std::less<>> classes_;
  json::Document document_;
};

}  // namespace lianqiao::history
