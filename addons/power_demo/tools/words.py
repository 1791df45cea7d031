"""Words an invented Chinese city is made of: each with its English form.

People, streets and companies are invented; likeness to real ones is chance. Phone numbers come
from the satellite range 1740 0-5, which is valid in China and practically unused.
"""

Word = tuple[str, str]
# with the section letter of GB/T 4754 behind
Trade = tuple[str, str, str]


def _pairs(text: str) -> tuple[Word, ...]:
    words = [entry.split(maxsplit=1) for entry in text.strip().splitlines()]
    return tuple((chinese, english) for chinese, english in words)


def _trades(text: str) -> tuple[Trade, ...]:
    trades = [entry.split(maxsplit=2) for entry in text.strip().splitlines()]
    return tuple((chinese, english, section) for section, chinese, english in trades)


SURNAMES = _pairs("""
王 Wang
李 Li
张 Zhang
刘 Liu
陈 Chen
杨 Yang
黄 Huang
赵 Zhao
吴 Wu
周 Zhou
徐 Xu
孙 Sun
马 Ma
朱 Zhu
胡 Hu
郭 Guo
何 He
林 Lin
罗 Luo
高 Gao
梁 Liang
郑 Zheng
谢 Xie
宋 Song
唐 Tang
许 Xu
邓 Deng
韩 Han
冯 Feng
曹 Cao
彭 Peng
曾 Zeng
肖 Xiao
田 Tian
董 Dong
潘 Pan
袁 Yuan
蔡 Cai
蒋 Jiang
余 Yu
于 Yu
杜 Du
叶 Ye
程 Cheng
魏 Wei
苏 Su
吕 Lü
丁 Ding
任 Ren
沈 Shen
""")

GIVEN = _pairs("""
伟 wei
芳 fang
娜 na
敏 min
静 jing
丽 li
强 qiang
磊 lei
军 jun
洋 yang
勇 yong
艳 yan
杰 jie
娟 juan
涛 tao
明 ming
超 chao
秀 xiu
霞 xia
平 ping
刚 gang
桂 gui
英 ying
华 hua
玉 yu
兰 lan
建 jian
国 guo
文 wen
辉 hui
力 li
永 yong
健 jian
世 shi
广 guang
志 zhi
义 yi
兴 xing
良 liang
海 hai
山 shan
仁 ren
波 bo
宁 ning
贵 gui
福 fu
生 sheng
龙 long
元 yuan
全 quan
胜 sheng
学 xue
祥 xiang
才 cai
发 fa
武 wu
新 xin
利 li
清 qing
飞 fei
彬 bin
富 fu
顺 shun
信 xin
子 zi
雨 yu
晨 chen
欣 xin
思 si
佳 jia
""")

STREETS = _pairs("""
滨江大道 Binjiang Avenue
人民路 Renmin Road
解放路 Jiefang Road
东湖路 Donghu Road
清江大道 Qingjiang Avenue
文昌路 Wenchang Road
学院街 Xueyuan Street
柳堤街 Liudi Street
长虹路 Changhong Road
桂花街 Guihua Street
建设路 Jianshe Road
朝阳路 Chaoyang Road
青年路 Qingnian Road
沿河路 Yanhe Road
南门街 Nanmen Street
北山路 Beishan Road
""")

ESTATES = _pairs("""
清江花园 Qingjiang Garden
滨江雅苑 Binjiang Court
东湖新村 Donghu New Village
柳岸名居 Willow Bank
桂苑小区 Guiyuan Estate
学府家园 Xuefu Homes
阳光里 Sunshine Lane
望山小区 Mountain View Estate
长虹公寓 Changhong Flats
翠竹苑 Bamboo Court
南湖锦城 South Lake City
朝阳新城 Chaoyang New Town
""")

VILLAGES = _pairs("""
柳林村 Liulin Village
大河村 Dahe Village
桃溪村 Taoxi Village
石桥村 Shiqiao Village
白沙村 Baisha Village
龙泉村 Longquan Village
青坪村 Qingping Village
双河村 Shuanghe Village
""")

HAMLETS = _pairs("""
云顶村 Yunding Hamlet
鹰嘴岩村 Eagle Rock Hamlet
茶山村 Chashan Hamlet
高坪村 Gaoping Hamlet
冷水沟村 Lengshuigou Hamlet
""")

BRANDS = _pairs("""
清源 Qingyuan
鼎盛 Dingsheng
恒达 Hengda
瑞丰 Ruifeng
宏图 Hongtu
金穗 Jinsui
福临 Fulin
万和 Wanhe
同心 Tongxin
东升 Dongsheng
百顺 Baishun
嘉禾 Jiahe
天成 Tiancheng
江南 Jiangnan
旭日 Xuri
永兴 Yongxing
华美 Huamei
广源 Guangyuan
安泰 Antai
新民 Xinmin
""")

SHOPS = _trades("""
F 便利店 Convenience Store
F 超市 Supermarket
H 面馆 Noodle House
H 火锅店 Hotpot Restaurant
H 茶楼 Tea House
F 药房 Pharmacy
H 宾馆 Hotel
R 网吧 Internet Café
O 洗衣店 Laundry
F 烘焙坊 Bakery
O 理发店 Hair Salon
F 书店 Bookshop
F 家电商行 Home Appliances
R 健身房 Fitness Club
""")

OFFICES = _trades("""
P 小学 Primary School
P 中学 Middle School
P 幼儿园 Kindergarten
S 社区服务中心 Community Centre
L 律师事务所 Law Office
L 会计师事务所 Accountants
Q 诊所 Clinic
Q 养老院 Care Home
""")

FARMS = _trades("""
A 水稻合作社 Rice Cooperative
A 茶叶合作社 Tea Cooperative
A 果业合作社 Fruit Cooperative
A 养殖场 Livestock Farm
N 灌溉站 Irrigation Station
""")

WORKSHOPS = _trades("""
C 木器厂 Woodwork Shop
C 印刷厂 Printing Works
C 食品厂 Food Works
C 服装厂 Garment Works
C 五金厂 Hardware Works
G 冷库 Cold Store
C 碾米厂 Rice Mill
O 汽修厂 Car Repair Works
""")

FACTORIES = _trades("""
C 机械制造有限公司 Machinery Co., Ltd.
C 纺织有限公司 Textile Co., Ltd.
C 化工有限公司 Chemical Co., Ltd.
C 铸造有限公司 Foundry Co., Ltd.
C 水泥有限公司 Cement Co., Ltd.
C 塑料制品有限公司 Plastics Co., Ltd.
C 电子有限公司 Electronics Co., Ltd.
C 造纸有限公司 Paper Co., Ltd.
""")

SITES = _trades("""
I 通信基站 Telecom Station
N 泵站 Pumping Station
D 充电站 Charging Station
N 污水处理站 Sewage Works
R 广播发射台 Broadcast Tower
""")
