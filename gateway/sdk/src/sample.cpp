#include "lianqiao/sample.h"

#include <fstream>
#include <iterator>
#include <string>

#include "lianqiao/codes.h"

namespace lianqiao {
namespace {

std::string_view mediaTypeOf(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const char begin = first == std::string_view::npos ? '\0' : text[first];
  if (begin == '<') return "text/xml";
  json::Document whole;
  const bool lines =
      begin == '{' && text.find('\n') != std::string_view::npos &&
      !json::parse(text, whole, {.bytes = text.size() + 1, .values = text.size() + 1}).ok();
  return lines ? "application/x-ndjson" : "application/json";
}

class SampleReader final : public Source {
 public:
  using Read = Result<std::vector<RawItem>> (*)(const HttpRequest&);

  SampleReader(std::filesystem::path file, Read read) : file_(std::move(file)), read_(read) {}

  Result<Batch> poll(std::string_view, Deadline) override {
    const std::string name = file_.filename().string();
    std::ifstream stream(file_, std::ios::binary);
    if (!stream) return Error{codes::kBadFile, name + " cannot be read."};
    HttpRequest pushed;
    pushed.method = "POST";
    pushed.itemLimit = SIZE_MAX;  // somebody's own file
    pushed.body.assign(std::istreambuf_iterator<char>(stream), {});
    pushed.headers.add("Content-Type", std::string(mediaTypeOf(pushed.body)));
    auto items = read_(pushed);
    if (!items) return std::move(items).error();
    Batch batch;
    batch.items = std::move(items).value();
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
      std::string& origin = batch.items[i].origin;
      if (origin.empty()) origin = name + ", item " + std::to_string(i + 1);
    }
    return batch;
  }

 private:
  const std::filesystem::path file_;
  const Read read_;
};

}  // namespace

std::unique_ptr<Source> sampleReader(
    const std::filesystem::path& file,
    Result<std::vector<RawItem>> (*read)(const HttpRequest& pushed)) {
  return std::make_unique<SampleReader>(file, read);
}

std::unique_ptr<Source> standardSampleReader(const std::filesystem::path& file) {
  return sampleReader(file, [](const HttpRequest& pushed) -> Result<std::vector<RawItem>> {
    auto reception = receiveStandard(pushed);
    if (!reception) return std::move(reception).error();
    return std::move(reception->items);
  });
}

}  // namespace lianqiao
