#include "kit/http/header_lines.h"

#include <algorithm>
#include <stdexcept>

#include "lianqiao/ascii.h"
#include "lianqiao/text.h"

namespace lianqiao::kit {

bool isHeaderName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return isLetter(c) || isDigit(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::vector<std::pair<std::string, std::string>> headersOf(const std::vector<std::string>& lines) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const std::string& line : lines) {
    const std::size_t colon = line.find(':');
    const std::string_view name = trim(std::string_view(line).substr(0, colon));
    const bool controls = std::any_of(line.begin(), line.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    if (colon == std::string::npos || !isHeaderName(name) || controls) {
      throw std::invalid_argument("entry " + std::to_string(headers.size() + 1) +
                                  " of headers is no header field; write each as \"Name: value\"");
    }
    headers.emplace_back(std::string(name),
                         std::string(trim(std::string_view(line).substr(colon + 1))));
  }
  return headers;
}

}  // namespace lianqiao::kit
