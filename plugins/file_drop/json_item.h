#pragma once

#include <memory>
#include <string>

#include "file_drop/csv_reader.h"
#include "lianqiao/json.h"

namespace lianqiao::file_drop {

/// Makes items of texts that should be JSON objects.
class JsonItemMaker {
 public:
  JsonItemMaker(std::string file, std::size_t maxRow) : file_(std::move(file)), maxRow_(maxRow) {}

  /// `text` began in `line`; `tooLong`: it is only the first part of what stood there. What is no
  /// object becomes an item with problems.
  void fill(std::string_view text, std::uint64_t line, bool tooLong, Item& item);

 private:
  void writeMembers(std::string& body) const;

  std::string file_;
  std::size_t maxRow_;
  json::Document document_;
};

/// Items of values that follow one another, laid out in lines as they like; each element of an
/// array is an item. Memory holds one element.
Result<std::unique_ptr<ItemReader>> makeJsonValues(TextFeed feed, std::string file,
                                                   const ReadOptions& options);

}  // namespace lianqiao::file_drop
