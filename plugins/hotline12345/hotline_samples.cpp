#include <array>
#include <initializer_list>

#include "hotline12345/hotline_mock.h"
#include "kit/time/china_time.h"

namespace lianqiao::hotline12345 {
namespace {

using namespace std::chrono_literals;

struct Topic {
  std::string_view title;
  std::string_view content;
  std::string_view code;  // accordtypecode
  std::string_view kind;
};

constexpr std::array<Topic, 10> kTopics{{
    {"路灯不亮", "门前主路的路灯连续多日不亮，夜间出行不便，盼尽快修复。", "市政设施-0101", "求助"},
    {"占道经营", "路口早市摊位占用非机动车道，上班时段拥堵。", "市容环境-0201", "投诉"},
    {"夜间施工噪声", "工地夜里十一点后仍在打桩，影响休息。", "环境保护-0301", "投诉"},
    {"自来水压力不足", "三楼以上住户早晚用水高峰水压很小。", "公用事业-0102", "求助"},
    {"垃圾清运不及时", "小区垃圾桶两天没有清运，气味较大。", "市容环境-0202", "投诉"},
    {"咨询医保参保", "灵活就业人员参保缴费在哪里办理，需要哪些材料？", "社会保障-0401", "咨询"},
    {"井盖破损", "人行道上井盖破裂，存在安全隐患。", "市政设施-0103", "求助"},
    {"建议增设公交站", "新建小区入住人数多，建议在东门增设公交站点。", "交通运输-0501", "建议"},
    {"物业乱收费", "物业公司未公示收费项目，额外收取装修管理费。", "住房物业-0601", "投诉"},
    {"表扬网格员", "网格员雨夜帮助老人转移，特此感谢。", "其他-9901", "表扬"},
}};
constexpr std::array<std::string_view, 6> kStreets{"莲花街道和平路", "水寨镇颍河路",
                                                   "东方街道人民路", "花园街道文化路",
                                                   "贾岭镇团结街",   "高寺镇兴隆街"};
constexpr std::array<std::string_view, 6> kNames{"张某", "李某", "王某", "赵某", "陈某", "刘某"};

std::string numbered(std::string_view prefix, std::size_t number) {
  std::string digits = std::to_string(number);
  return std::string(prefix) + std::string(6 - std::min<std::size_t>(6, digits.size()), '0') +
         digits;
}

/// A number out of the range that is not given to anybody.
std::string phone(std::size_t number) { return numbered("19900", number % 1000000); }

std::string object(std::initializer_list<std::pair<std::string_view, std::string>> members) {
  std::string out = "{";
  for (const auto& [name, value] : members) {
    if (out.size() > 1) out += ',';
    json::writeText(name, out);
    out += ':';
    json::writeText(value, out);
  }
  return out + '}';
}

}  // namespace

std::string epointOrder(std::size_t number, WallTime now) {
  const Topic& topic = kTopics[number % kTopics.size()];
  const std::string_view street = kStreets[number % kStreets.size()];
  return object({{"caseguid", numbered("c0ffee00-12345-", number)},
                 {"serialnum", numbered("BD", number)},
                 {"tserialnum", numbered("GD2026", number)},
                 {"rqsttitle", std::string(street) + std::string(topic.title)},
                 {"rqstcontent", "\n\t\t" + std::string(topic.content) + "\xE3\x80\x80"},
                 {"rqstperson", std::string(kNames[number % kNames.size()])},
                 {"rqstsex", number % 2 == 0 ? "男" : "女"},
                 {"rqstaddress", std::string(street) + std::to_string(number % 200 + 1) + "号"},
                 {"rqstnumber", "12345"},
                 {"linkphone", phone(number)},
                 {"rqstsource", number % 3 == 0 ? "互联网络" : "电话"},
                 {"rqsttime", kit::chinaTime(now)},
                 {"accordtype", std::string(topic.code.substr(0, topic.code.find('-')))},
                 {"accordtypecode", std::string(topic.code)},
                 {"answertype", "电话回复"},
                 {"focus", std::string(topic.kind)},
                 {"assigndate", kit::chinaTime(now + 10min)},
                 {"expiredate", kit::chinaTime(now + 24h * 7)}});
}

std::string provincialOrder(std::size_t number, WallTime now) {
  const Topic& topic = kTopics[number % kTopics.size()];
  const std::string_view street = kStreets[number % kStreets.size()];
  return object({{"orderNum", numbered("HN2026", number)},
                 {"serialNumber", numbered("ZK", number)},
                 {"deadlineDate", kit::chinaTime(now + 24h * 5)},
                 {"name", std::string(kNames[number % kNames.size()])},
                 {"contactInformation", phone(number)},
                 {"isVisit", "是"},
                 {"callTime", kit::chinaTime(now)},
                 {"sourceType", "电话"},
                 {"callerType", std::string(topic.kind)},
                 {"pilotLight", number % 10 == 0 ? "特急" : "一般"},
                 {"questionCode", std::string(topic.code.substr(topic.code.find('-') + 1))},
                 {"questionName", std::string(topic.title)},
                 {"status", "已交办"},
                 {"isSecret", "否"},
                 {"address", std::string(street)},
                 {"title", std::string(street) + std::string(topic.title)},
                 {"majorContent", std::string(topic.content)},
                 {"organizer", "城市管理局"},
                 {"areaCode", "411681"},
                 {"assignTime", kit::chinaTime(now + 5min)}});
}

std::string listedOrder(std::size_t number, WallTime now) {
  const Topic& topic = kTopics[number % kTopics.size()];
  return object({{"orderId", numbered("L2026", number)},
                 {"startTime", kit::chinaTime(now)},
                 {"handleName", "办理中"},
                 {"districtName", "项城市"},
                 {"orderUnitName", "水利局"},
                 {"title", std::string(topic.title)},
                 {"content", std::string(topic.content)}});
}

}  // namespace lianqiao::hotline12345
