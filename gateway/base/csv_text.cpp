#include "base/csv_text.h"

#include <algorithm>

namespace lianqiao::base {

std::string csvCell(std::string_view text) {
  constexpr std::string_view kFormula = "=+-@\t\r\n|%";
  const bool runs = !text.empty() && kFormula.find(text.front()) != std::string_view::npos;
  std::string out = "\"";
  if (runs) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

std::string csvIdCell(std::string_view id) {
  constexpr std::size_t kSafeDigits = 11;
  const bool number = id.size() > kSafeDigits && std::all_of(id.begin(), id.end(), [](char c) {
                        return c >= '0' && c <= '9';
                      });
  std::string out = csvCell(id);
  if (number) out.insert(1, "'");
  return out;
}

void addCsvLine(std::span<const std::string> cells, std::string& out) {
  for (std::size_t i = 0; i < cells.size(); ++i) out.append(i == 0 ? "" : ",").append(cells[i]);
  out += '\n';
}

}  // namespace lianqiao::base
