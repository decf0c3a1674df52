#pragma once

#include <set>
#include <string_view>

#include "file_drop/open_ledger.h"
#include "fuzz/fuzz.h"
#include "lianqiao/json.h"

namespace lianqiao::fuzz {

/// Limits that small inputs can reach.
inline file_drop::ReadOptions smallLimits() {
  file_drop::ReadOptions options;
  options.maxRows = 200;
  options.maxColumns = 40;
  options.maxFile = 256u << 10;
  options.maxUnpacked = 1u << 20;
  options.maxCell = 300;
  options.maxRow = 2000;
  options.scratch = scratch();
  return options;
}

/// Reads a dropped file to its end and holds every item to what the adapter promises.
inline void demandLedger(const std::filesystem::path& file, const file_drop::ReadOptions& options) {
  auto reader = file_drop::openLedger(file, file.filename(), options);
  if (!reader) {
    demand(!reader.error().code.empty() && !reader.error().detail.empty(),
           "a refused file says why");
    return;
  }
  std::set<std::string> sheets;
  std::uint64_t rows = 0;
  for (;;) {
    file_drop::Item item;
    const auto found = (*reader)->next(item);
    if (!found) {
      demand(!found.error().code.empty() && !found.error().detail.empty(),
             "a file that ends early says why");
      return;
    }
    if (!*found) return;
    sheets.insert(item.sheet);
    demand(++rows <= options.maxRows * sheets.size(), "rows are bounded");
    json::Document body;
    demand(json::parse(item.raw.body, body).ok(), "an item is JSON");
    const json::Value* origin = body.root.find("_origin");
    demand(origin != nullptr && origin->find("row") != nullptr, "an item says where it stood");
    demand(body.root.size() <= options.maxColumns + 1 || !item.raw.problems.empty() ||
               item.sheet.empty(),
           "a row has no more cells than columns are taken");
    for (const Problem& problem : item.raw.problems)
      demand(!problem.code.empty() && !problem.message.empty(), "a problem says what is wrong");
  }
}

}  // namespace lianqiao::fuzz
