#include "file_drop/csv_reader.h"
#include "file_drop/table_items.h"
#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::string_view kDelimiters = ",;\t|";

Error senseless(const std::string& name) {
  return Error{std::string(codes::kBadEncoding),
               name +
                   ": its text makes no sense in UTF-8 or GB18030; name what it is in "
                   "`encoding`, such as big5, or save it as UTF-8"};
}

}  // namespace

Result<std::unique_ptr<ItemReader>> openTextTable(Fd file, const std::string& name,
                                                  const ReadOptions& options) {
  const auto start = findEncoding(file, options.encoding);
  if (!start) return start.error();
  const auto shared = std::make_shared<const Fd>(std::move(file));
  const auto open = [&](char guess) {
    return std::make_unique<TableItems>(openCsv(shared, *start, options, guess), name, "", options);
  };
  auto best = open(0);
  auto found = best->findHeader();
  if (!found) return found.error();
  const bool known = !options.shapes.empty();
  if (*found == TableItems::Found::empty && known)
    return Error{std::string(codes::kBadFile), name + " is empty: there is not even a header"};
  // A title above the header need not hold what parts the columns.
  for (std::size_t i = 0; *found == TableItems::Found::none && i < kDelimiters.size(); ++i) {
    if (options.delimiter != 0) break;
    auto other = open(kDelimiters[i]);
    const auto there = other->findHeader();
    if (!there) continue;
    if (*there == TableItems::Found::header || other->namesRead() > best->namesRead()) {
      best = std::move(other);
      found = there;
    }
  }
  const bool understood = best->namesRead() > 0;
  if (start->doubtful && !understood) return senseless(name);
  if (*found == TableItems::Found::none)
    return Error{std::string(codes::kBadFile), best->complaint()};
  return std::unique_ptr<ItemReader>(std::move(best));
}

}  // namespace lianqiao::file_drop
