#include "config/findings.h"

#include <algorithm>
#include <tuple>

#include "lianqiao/json.h"

namespace lianqiao::config {
namespace {

std::vector<Finding> sorted(const Findings& findings) {
  std::vector<Finding> all = findings.all();
  std::stable_sort(all.begin(), all.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.file, a.position.line, a.position.column) <
           std::tie(b.file, b.position.line, b.position.column);
  });
  return all;
}

}  // namespace

std::string toText(const Findings& findings) {
  std::string out;
  for (const Finding& finding : sorted(findings)) {
    out += finding.text();
    out += '\n';
  }
  return out;
}

std::string toJson(const Findings& findings) {
  std::string out = "[";
  const auto member = [&out](std::string_view name, std::string_view value) {
    json::writeText(name, out);
    out += ':';
    json::writeText(value, out);
  };
  for (const Finding& finding : sorted(findings)) {
    out += out.size() == 1 ? "{" : ",{";
    member("file", finding.file);
    out += ",\"line\":" + std::to_string(finding.position.line);
    out += ",\"column\":" + std::to_string(finding.position.column) + ',';
    member("path", finding.path);
    out += ',';
    member("message", finding.message);
    out += ',';
    member("remedy", finding.remedy);
    out += '}';
  }
  out += ']';
  return out;
}

}  // namespace lianqiao::config
