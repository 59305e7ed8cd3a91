-- Wireshark dissector of the purse commands of Chinese transit cards.
--
-- wireshark -X lua_script:dissector.lua capture.pcapng
--
-- It looks at the frames that the ISO 14443 dissector has taken apart (link type 264), puts
-- chained blocks together and names what the commands and answers hold. Filters begin with
-- "ykt.": ykt.ins, ykt.amount, ykt.balance, ykt.counter, ykt.mac1, ykt.tac, ykt.sw ...
--
-- Numbers and layouts are those of the package's codes and purse records; its tests hold
-- the tables below equal to them.

local SW = {
  [0x6281] = "returned data may be corrupted",
  [0x6283] = "selected file or key invalidated",
  [0x6284] = "FCI not formatted",
  [0x6400] = "state unchanged",
  [0x6581] = "memory failure",
  [0x6700] = "wrong length Lc or Le",
  [0x6882] = "secure messaging not supported",
  [0x6900] = "CLA does not match line protection",
  [0x6901] = "wrong state: no matching INITIALIZE",
  [0x6974] = "cache update failed",
  [0x6981] = "file type does not fit the command",
  [0x6982] = "security state not satisfied",
  [0x6983] = "key or PIN blocked",
  [0x6984] = "challenge missing or stale",
  [0x6985] = "conditions of use not satisfied",
  [0x6986] = "no current EF",
  [0x6987] = "secure messaging data missing",
  [0x6988] = "secure messaging MAC wrong",
  [0x6A80] = "wrong data field",
  [0x6A81] = "not supported, no MF, or card/application locked",
  [0x6A82] = "file or application not found",
  [0x6A83] = "record not found",
  [0x6A84] = "not enough space",
  [0x6A86] = "wrong P1 P2",
  [0x6A88] = "key not found",
  [0x6B00] = "offset beyond the file",
  [0x6D00] = "INS not supported",
  [0x6E00] = "CLA not supported",
  [0x6F00] = "no precise diagnosis",
  [0x9000] = "success",
  [0x9302] = "MAC invalid",
  [0x9303] = "application permanently locked",
  [0x9401] = "insufficient balance",
  [0x9402] = "transaction counter at maximum",
  [0x9403] = "key index not supported",
  [0x9406] = "transaction proof not available",
  [0x9407] = "application disabled",
}

local INS = {
  [0x0E] = "ERASE_DF",
  [0x16] = "CARD_BLOCK",
  [0x18] = "APP_UNBLOCK",
  [0x1A] = "SAM_INIT_DES",
  [0x1E] = "APP_BLOCK",
  [0x20] = "VERIFY",
  [0x24] = "PIN_UNBLOCK",
  [0x50] = "INITIALIZE",
  [0x52] = "CREDIT_FOR_LOAD",
  [0x54] = "DEBIT",
  [0x58] = "UPDATE_OVERDRAFT",
  [0x5A] = "GET_TRANSACTION_PROVE",
  [0x5C] = "GET_BALANCE",
  [0x5E] = "CHANGE_PIN",
  [0x70] = "SAM_INIT_PURCHASE",
  [0x72] = "SAM_CHECK_MAC2",
  [0x82] = "EXTERNAL_AUTHENTICATE",
  [0x84] = "GET_CHALLENGE",
  [0x88] = "INTERNAL_AUTHENTICATE",
  [0xA4] = "SELECT",
  [0xA8] = "GET_PROCESSING_OPTIONS",
  [0xB0] = "READ_BINARY",
  [0xB2] = "READ_RECORD",
  [0xB4] = "READ_EXT_DATA",
  [0xC0] = "GET_RESPONSE",
  [0xCA] = "GET_DATA",
  [0xD0] = "WRITE_BINARY",
  [0xD4] = "WRITE_KEY",
  [0xD6] = "UPDATE_BINARY",
  [0xDC] = "UPDATE_RECORD",
  [0xDE] = "UPDATE_EXT_CACHE",
  [0xE0] = "CREATE_FILE",
  [0xE2] = "APPEND_RECORD",
  [0xFA] = "SAM_DES",
}

local AID = {
  ["325041592E5359532E4444463031"] = "PPSE 2PAY.SYS.DDF01",
  ["315041592E5359532E4444463031"] = "PSE 1PAY.SYS.DDF01",
  ["A000000632010105"] = "T-Union EP 交通联合电子钱包",
  ["A000000632010106"] = "T-Union EC 交通联合电子现金",
  ["A000000632010107"] = "T-Union EP (SM) K2",
  ["A000000632010108"] = "T-Union EC (SM) K4",
  ["A000000632101002"] = "T-Union EC K5",
  ["A000000632101004"] = "T-Union EP K6",
  ["5041592E41505059"] = "Lingnan Tong PAY.APPY 岭南通基本应用",
  ["5041592E5449434C"] = "Lingnan Tong PAY.TICL 岭南通钱包",
  ["5041592E4D463158"] = "Lingnan Tong PAY.MF1X",
  ["5041592E50415344"] = "Lingnan Tong PAY.PASD",
  ["5041592E45585431"] = "Lingnan Tong PAY.EXT1",
  ["5041592E45585432"] = "Lingnan Tong PAY.EXT2",
  ["5943542E555345525800022058100000"] = "phone YCT.USER",
  ["5041592E535A54"] = "Shenzhen Tong PAY.SZT",
  ["A00000000386980701"] = "City Union CU",
  ["A00000000386980702"] = "City Union CU",
  ["A00000000386980703"] = "City Union CU",
  ["91560000144D4F542E424D4143303031"] = "phone MOT.BMAC001 (Beijing)",
  ["315055422E5359532E4444463031"] = "City Union 1PUB.SYS.DDF01",
}

local PURSE = { [1] = "electronic deposit", [2] = "electronic purse" }

local INITIALIZE = {
  [0] = "INITIALIZE FOR LOAD",
  [1] = "INITIALIZE FOR PURCHASE",
  [2] = "INITIALIZE FOR CASH WITHDRAWAL",
  [3] = "INITIALIZE FOR COMPOSITE PURCHASE",
  [4] = "INITIALIZE FOR UPDATE",
  [5] = "INITIALIZE FOR UNLOAD",
}

-- Layouts: field, bytes.
local COMMANDS = {
  InitializeData = { "key_index", 1, "amount", 4, "terminal", 6 },
  InitializeOverdraftData = { "key_index", 1, "terminal", 6 },
  CreditData = { "datetime", 7, "mac2", 4 },
  DebitData = { "terminal_serial", 4, "datetime", 7, "mac1", 4 },
  OverdraftData = { "limit", 3, "datetime", 7, "mac2", 4 },
  ProveData = { "counter", 2 },
}

local ANSWERS = {
  InitializeLoadAnswer = {
    "balance", 4, "counter", 2, "key_version", 1, "algorithm", 1, "random", 4, "mac1", 4,
  },
  InitializePurchaseAnswer = {
    "balance", 4, "counter", 2, "overdraft_limit", 3, "key_version", 1, "algorithm", 1,
    "random", 4,
  },
  InitializeOverdraftAnswer = {
    "balance", 4, "counter", 2, "overdraft_limit", 3, "key_version", 1, "algorithm", 1,
    "random", 4, "mac1", 4,
  },
  DebitAnswer = { "tac", 4, "mac2", 4 },
  LoadAnswer = { "tac", 4 },
  UnloadAnswer = { "mac3", 4 },
  ProveAnswer = { "mac2", 4, "tac", 4 },
  Balance = { "balance", 4 },
  BalanceAll = { "balance", 4, "ceiling", 4, "overdraft_limit", 4, "overdrawn", 4 },
}

local ykt = Proto("ykt", "Transit card purse")

local f = {
  command = ProtoField.string("ykt.command", "Command"),
  answer_to = ProtoField.framenum("ykt.answer_to", "Answer to", base.NONE),
  cla = ProtoField.uint8("ykt.cla", "CLA", base.HEX),
  ins = ProtoField.uint8("ykt.ins", "INS", base.HEX, INS),
  p1 = ProtoField.uint8("ykt.p1", "P1", base.HEX),
  p2 = ProtoField.uint8("ykt.p2", "P2", base.HEX),
  lc = ProtoField.uint8("ykt.lc", "Lc", base.DEC),
  le = ProtoField.uint8("ykt.le", "Le", base.DEC),
  data = ProtoField.bytes("ykt.data", "Data"),
  sw = ProtoField.uint16("ykt.sw", "Status", base.HEX),
  sw_text = ProtoField.string("ykt.sw_text", "Meaning"),
  aid = ProtoField.bytes("ykt.aid", "DF name"),
  application = ProtoField.string("ykt.application", "Application"),
  file = ProtoField.uint16("ykt.file", "File identifier", base.HEX),
  sfi = ProtoField.uint8("ykt.sfi", "Short file identifier", base.HEX),
  record = ProtoField.uint8("ykt.record", "Record", base.DEC),
  offset = ProtoField.uint16("ykt.offset", "Offset", base.DEC),
  purse = ProtoField.uint8("ykt.purse", "Purse", base.DEC, PURSE),
  key_index = ProtoField.uint8("ykt.key_index", "Key index", base.DEC),
  key_version = ProtoField.uint8("ykt.key_version", "Key version", base.DEC),
  algorithm = ProtoField.uint8("ykt.algorithm", "Algorithm", base.DEC),
  amount = ProtoField.uint32("ykt.amount", "Amount (fen)", base.DEC),
  balance = ProtoField.uint32("ykt.balance", "Balance (fen)", base.DEC),
  ceiling = ProtoField.uint32("ykt.ceiling", "Balance ceiling (fen)", base.DEC),
  counter = ProtoField.uint16("ykt.counter", "Transaction counter", base.DEC),
  overdraft_limit = ProtoField.uint32("ykt.overdraft_limit", "Overdraft limit (fen)", base.DEC),
  overdrawn = ProtoField.uint32("ykt.overdrawn", "Overdrawn amount (fen)", base.DEC),
  limit = ProtoField.uint24("ykt.limit", "New overdraft limit (fen)", base.DEC),
  terminal = ProtoField.bytes("ykt.terminal", "Terminal number"),
  terminal_serial = ProtoField.bytes("ykt.terminal_serial", "Terminal transaction number"),
  datetime = ProtoField.bytes("ykt.datetime", "Date and time (BCD)"),
  random = ProtoField.bytes("ykt.random", "Random"),
  mac1 = ProtoField.bytes("ykt.mac1", "MAC1"),
  mac2 = ProtoField.bytes("ykt.mac2", "MAC2"),
  mac3 = ProtoField.bytes("ykt.mac3", "MAC3"),
  tac = ProtoField.bytes("ykt.tac", "TAC"),
}

local list = {}
for _, field in pairs(f) do
  list[#list + 1] = field
end
ykt.fields = list

local odd_length = ProtoExpert.new(
  "ykt.length", "Length does not fit the layout", expert.group.MALFORMED, expert.severity.WARN)
ykt.experts = { odd_length }

local event_of = Field.new("iso14443.event")
local pcb_of = Field.new("iso14443.pcb")
local inf_of = Field.new("iso14443.inf")
local crc_of = Field.new("iso14443.crc.status")

local READER = { [0xFE] = true, [0xFA] = true }
local FIELD_OFF = 0xFD
local CRC_BAD = 0
-- Bytes of a chained command or answer that are kept.
local MAX_APDU = 65600

-- What the frames before this one have left behind, and what every frame turned out to be.
local open, last, found

function ykt.init()
  open = { command = nil, command_frame = nil, parts = { reader = "", card = "" } }
  last = {}
  found = {}
end

local function sw_text(sw)
  if SW[sw] then
    return SW[sw]
  end
  local high, low = math.floor(sw / 256), sw % 256
  if math.floor(sw / 16) == 0x63C then
    return string.format("wrong, %d tries left", sw % 16)
  elseif high == 0x61 then
    return string.format("%d bytes to fetch", low)
  elseif high == 0x6C then
    return string.format("wrong Le, exact length is %d", low)
  end
  return "unknown"
end

local function byte(hex, at)
  return tonumber(hex:sub(2 * at + 1, 2 * at + 2), 16)
end

-- A command's name, the layouts of its data and of its answer.
local function meaning(command)
  local cla, ins, p1 = byte(command, 0), byte(command, 1), byte(command, 2)
  local name = INS[ins] or string.format("INS %02X", ins)
  if ins == 0xA4 then
    return "SELECT"
  elseif ins == 0xDC then
    return cla >= 0x80 and "UPDATE CAPP DATA CACHE" or "UPDATE RECORD"
  elseif cla ~= 0x80 and cla ~= 0x84 then
    return (name:gsub("_", " "))
  elseif ins == 0x50 then
    local data, answer = "InitializeData", "InitializePurchaseAnswer"
    if p1 == 4 then
      data, answer = "InitializeOverdraftData", "InitializeOverdraftAnswer"
    elseif p1 == 0 or p1 == 5 then
      answer = "InitializeLoadAnswer"
    end
    return INITIALIZE[p1] or "INITIALIZE", data, answer
  elseif ins == 0x52 then
    return "CREDIT FOR LOAD", "CreditData", "LoadAnswer"
  elseif ins == 0x54 then
    if p1 == 3 then
      return "DEBIT FOR UNLOAD", "CreditData", "UnloadAnswer"
    end
    return "DEBIT", "DebitData", "DebitAnswer"
  elseif ins == 0x58 then
    return "UPDATE OVERDRAFT LIMIT", "OverdraftData", "LoadAnswer"
  elseif ins == 0x5A then
    return "GET TRANSACTION PROVE", "ProveData", "ProveAnswer"
  elseif ins == 0x5C then
    return "GET BALANCE", nil, p1 == 5 and "BalanceAll" or "Balance"
  end
  return (name:gsub("_", " "))
end

local function add_layout(tree, range, layout)
  local size = 0
  for index = 2, #layout, 2 do
    size = size + layout[index]
  end
  if range:len() < size then
    tree:add(f.data, range):add_proto_expert_info(odd_length)
    return
  end
  local at = 0
  for index = 1, #layout, 2 do
    tree:add(f[layout[index]], range(at, layout[index + 1]))
    at = at + layout[index + 1]
  end
  if range:len() > size then
    tree:add(f.data, range(size))
  end
end

local function add_place(tree, range, ins)
  local p1, p2 = range(2, 1):uint(), range(3, 1):uint()
  if ins == 0xB0 or ins == 0xD6 or ins == 0xD0 then
    if p1 >= 0x80 then
      tree:add(f.sfi, range(2, 1), p1 % 32)
      tree:add(f.offset, range(3, 1))
    else
      tree:add(f.offset, range(2, 2))
    end
  elseif ins == 0xB2 or ins == 0xDC or ins == 0xE2 then
    tree:add(f.record, range(2, 1))
    tree:add(f.sfi, range(3, 1), math.floor(p2 / 8))
  elseif ins == 0x50 or ins == 0x5C then
    tree:add(f.purse, range(3, 1))
  end
end

local function add_select(tree, range, data)
  if range(2, 1):uint() == 4 then
    local hex = data:bytes():tohex():upper()
    tree:add(f.aid, data)
    local name = AID[hex]
    for length = #hex - 2, 10, -2 do
      if name then
        break
      end
      name = AID[hex:sub(1, length)]
    end
    tree:add(f.application, data, name or "unknown application")
  elseif data:len() == 2 then
    tree:add(f.file, data)
  else
    tree:add(f.data, data)
  end
end

local function show_command(tree, range)
  local hex = range:bytes():tohex()
  local name, layout = meaning(hex)
  tree:add(f.command, range, name)
  tree:add(f.cla, range(0, 1))
  tree:add(f.ins, range(1, 1))
  tree:add(f.p1, range(2, 1))
  tree:add(f.p2, range(3, 1))
  local ins, size = range(1, 1):uint(), range:len()
  add_place(tree, range, ins)
  if size == 5 then
    tree:add(f.le, range(4, 1))
  elseif size > 5 then
    local lc = range(4, 1):uint()
    tree:add(f.lc, range(4, 1))
    local there = math.min(lc, size - 5)
    if there > 0 then
      local data = range(5, there)
      if ins == 0xA4 then
        add_select(tree, range, data)
      elseif layout and COMMANDS[layout] then
        add_layout(tree, data, COMMANDS[layout])
      else
        tree:add(f.data, data)
      end
    end
    if size == 6 + lc then
      tree:add(f.le, range(5 + lc, 1))
    elseif size ~= 5 + lc then
      tree:add_proto_expert_info(odd_length)
    end
  end
  return name
end

local function show_answer(tree, range, command, frame)
  local name, _, layout = "answer", nil, nil
  if command then
    name, _, layout = meaning(command)
    tree:add(f.answer_to, frame):set_generated()
    tree:add(f.command, name):set_generated()
  end
  local size = range:len()
  local status = range(size - 2, 2)
  if size > 2 then
    local data = range(0, size - 2)
    if layout and status:uint() == 0x9000 then
      add_layout(tree, data, ANSWERS[layout])
    else
      tree:add(f.data, data)
    end
  end
  tree:add(f.sw, status)
  tree:add(f.sw_text, status, sw_text(status:uint()))
  return string.format("%s: %04X", name, status:uint())
end

-- First pass: what this frame completes, kept by its number.
local function follow(number, side, pcb, hex)
  local told = string.format("%02X%s", pcb, hex)
  if told == last[side] and hex ~= "" then
    return
  end
  last[side] = told
  last[side == "reader" and "card" or "reader"] = nil
  local whole = open.parts[side] .. hex
  if #whole > 2 * MAX_APDU then
    whole = ""
  end
  if math.floor(pcb / 16) % 2 == 1 then
    open.parts[side] = whole
    return
  end
  open.parts[side] = ""
  local chained = #whole > #hex
  if side == "reader" then
    open.parts.card = ""
    open.command = #whole >= 8 and whole or nil
    open.command_frame = number
    if open.command then
      found[number] = { side = side, hex = whole, chained = chained }
    end
  elseif #whole >= 4 then
    found[number] = {
      side = side, hex = whole, chained = chained,
      command = open.command, frame = open.command_frame,
    }
    open.command = nil
  end
end

function ykt.dissector(_, pinfo, tree)
  local event = event_of()
  if not event then
    return
  end
  if event.value == FIELD_OFF then
    if not pinfo.visited then
      open.command, open.parts.reader, open.parts.card = nil, "", ""
      last = {}
    end
    return
  end
  local pcb, inf, crc = pcb_of(), inf_of(), crc_of()
  if not pcb or not inf or math.floor(pcb.value / 64) ~= 0 then
    return
  end
  if crc and crc.value == CRC_BAD then
    return
  end
  if not pinfo.visited then
    local side = READER[event.value] and "reader" or "card"
    follow(pinfo.number, side, pcb.value, inf.range:bytes():tohex():upper())
  end
  local apdu = found[pinfo.number]
  if not apdu then
    return
  end
  local range = inf.range
  if apdu.chained then
    range = ByteArray.new(apdu.hex):tvb("Chained APDU"):range()
  end
  local subtree = tree:add(ykt, range)
  local text
  if apdu.side == "reader" then
    text = show_command(subtree, range)
  else
    text = show_answer(subtree, range, apdu.command, apdu.frame)
  end
  subtree:append_text(", " .. text)
  pinfo.cols.info:append(" | " .. text)
end

register_postdissector(ykt)
