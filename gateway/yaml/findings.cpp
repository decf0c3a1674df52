#include "yaml/findings.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "lianqiao/json.h"

namespace lianqiao::yaml {
namespace {

struct Told {
  const Finding* finding;
  bool warning;
};

std::vector<Told> sorted(const Findings& errors, const Findings& warnings) {
  std::vector<Told> all;
  for (const Finding& finding : errors.all()) all.push_back({&finding, false});
  for (const Finding& finding : warnings.all()) all.push_back({&finding, true});
  std::stable_sort(all.begin(), all.end(), [](const Told& a, const Told& b) {
    return std::tie(a.finding->file, a.finding->position.line, a.finding->position.column) <
           std::tie(b.finding->file, b.finding->position.line, b.finding->position.column);
  });
  return all;
}

}  // namespace

std::string warningText(const Finding& warning) {
  Finding shown = warning;
  shown.path = shown.path.empty() ? "warning" : "warning: " + shown.path;
  return shown.text();
}

std::string toText(const Findings& errors, const Findings& warnings) {
  std::string out;
  for (const auto& [finding, warning] : sorted(errors, warnings)) {
    out += warning ? warningText(*finding) : finding->text();
    out += '\n';
  }
  return out;
}

std::string toJson(const Findings& errors, const Findings& warnings) {
  std::string out = "[";
  const auto member = [&out](std::string_view name, std::string_view value) {
    json::writeText(name, out);
    out += ':';
    json::writeText(value, out);
  };
  for (const auto& [finding, warning] : sorted(errors, warnings)) {
    out += out.size() == 1 ? "{" : ",{";
    member("file", finding->file);
    out += ",\"line\":" + std::to_string(finding->position.line);
    out += ",\"column\":" + std::to_string(finding->position.column) + ',';
    member("path", finding->path);
    out += ',';
    member("message", finding->message);
    out += ',';
    member("remedy", finding->remedy);
    out += ',';
    member("severity", warning ? "warning" : "error");
    out += '}';
  }
  out += ']';
  return out;
}

bool concern(const Findings& findings, std::string_view file, std::string_view path) {
  return std::any_of(findings.all().begin(), findings.all().end(), [&](const Finding& finding) {
    if (finding.file != file || !std::string_view(finding.path).starts_with(path)) return false;
    const std::string_view rest = std::string_view(finding.path).substr(path.size());
    return path.empty() || rest.empty() || rest[0] == '.' || rest[0] == '[';
  });
}

}  // namespace lianqiao::yaml
