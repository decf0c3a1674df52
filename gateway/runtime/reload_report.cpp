#include "runtime/reload_report.h"

#include <algorithm>

#include "admin/json_builder.h"
#include "base/text_view.h"
#include "lianqiao/json.h"
#include "yaml/findings.h"

namespace lianqiao::runtime {
namespace {

void appendErrors(const json::Value& owner, std::string_view indent, std::string& out) {
  const json::Value* errors = owner.find("errors");
  if (errors == nullptr) return;
  for (const json::Value& error : errors->elements()) {
    yaml::Finding finding;
    finding.file = base::textOf(error, "file");
    const auto number = [&](std::string_view name) {
      const json::Value* value = error.find(name);
      return value == nullptr ? 0 : static_cast<int>(value->integer().value_or(0));
    };
    finding.position = {number("line"), number("column")};
    finding.path = base::textOf(error, "path");
    finding.message = base::textOf(error, "message");
    finding.remedy = base::textOf(error, "remedy");
    out.append(indent) += finding.text() + '\n';
  }
}

void appendLine(std::string_view subject, const json::Value& outcome, std::string& out) {
  out.append(subject) += ": ";
  out += base::textOf(outcome, "result");
  if (const std::string_view detail = base::textOf(outcome, "detail"); !detail.empty())
    out.append(": ") += detail;
  out += '\n';
  appendErrors(outcome, "  ", out);
}

}  // namespace

bool ReloadReport::complete() const {
  using Result = ReloadOutcome::Result;
  return !refusedWhole() && restart.empty() && routes.result != Result::refused &&
         std::none_of(peers.begin(), peers.end(),
                      [](const auto& peer) { return peer.second.result == Result::refused; });
}

std::string_view nameOf(ReloadOutcome::Result result) {
  switch (result) {
    case ReloadOutcome::Result::unchanged:
      return "unchanged";
    case ReloadOutcome::Result::applied:
      return "applied";
    case ReloadOutcome::Result::added:
      return "added";
    case ReloadOutcome::Result::removed:
      return "removed";
    case ReloadOutcome::Result::refused:
      return "refused";
  }
  return {};
}

std::string toJson(const ReloadReport& report) {
  admin::JsonBuilder json;
  json.object()
      .field("complete", report.complete())
      .field("refused", report.refusedWhole())
      .field("detail", report.detail);
  json.name("errors").raw(yaml::toJson(report.findings));
  json.name("peers").array();
  for (const auto& [name, outcome] : report.peers) {
    json.object()
        .field("name", name)
        .field("result", nameOf(outcome.result))
        .field("detail", outcome.detail);
    json.name("errors").raw(yaml::toJson(outcome.findings)).end();
  }
  json.end().name("routes").object();
  json.field("result", nameOf(report.routes.result)).field("detail", report.routes.detail).end();
  json.name("restart").array();
  for (const std::string& key : report.restart) json.text(key);
  json.end().end();
  return json.take();
}

std::string reloadView(std::string_view reportJson) {
  const base::ShownJson shown(reportJson);
  const json::Value& root = shown.root();
  if (root.find("peers") == nullptr) return std::string(reportJson) + '\n';
  std::string out;
  if (const json::Value* refused = root.find("refused"); refused != nullptr && refused->boolean()) {
    out += "Nothing was applied: the configuration has errors that are no single peer's.";
    if (const std::string_view detail = base::textOf(root, "detail"); !detail.empty())
      out.append(" ") += detail;
    out += '\n';
    appendErrors(root, "  ", out);
    return out;
  }
  std::size_t unchanged = 0;
  for (const json::Value& peer : root.find("peers")->elements()) {
    if (base::textOf(peer, "result") == "unchanged") {
      ++unchanged;
    } else {
      appendLine(base::textOf(peer, "name"), peer, out);
    }
  }
  if (const json::Value* routes = root.find("routes");
      routes != nullptr && base::textOf(*routes, "result") != "unchanged") {
    appendLine("routes", *routes, out);
  }
  if (const json::Value* restart = root.find("restart");
      restart != nullptr && restart->size() > 0) {
    out += "These settings of lianqiao.yaml changed and take a restart:";
    for (const json::Value& key : restart->elements()) out.append(" ") += key.text();
    out += '\n';
  }
  return out + std::to_string(unchanged) + (unchanged == 1 ? " peer" : " peers") + " unchanged.\n";
}

}  // namespace lianqiao::runtime
