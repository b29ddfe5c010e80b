"""What each recipe makes, in Chinese; the English is its options' own docstring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CHINESE: Final[Mapping[str, str]] = {
    "people": """\
`people`：每个人的掩膜与抠图。

`margin` 在人物外框四周留边，为外框长边的比例（0..1），以图片范围为限。`format` 为 `png`，或体积
约为十分之一的 `webp`。`quality`（1..100）是 WebP 的质量；100 表示无损。关闭 `refine` 则保留掩膜
自身的硬边缘。`profile` 为 `srgb`，或用 `keep` 保留照片原有的数值与色彩配置。`metadata` 是抠图携
带的相机 EXIF：`none`、`no-gps`（同时去掉所有者与序列号）或 `keep`。""",
    "vis": """\
`vis`：为人物着色并描边的图片。

`numbers` 写上每个人的编号，`legend` 附上颜色、编号与占比的图例。""",
    "bokeh": """\
`bokeh`：选中的人清晰，其余如大光圈镜头所摄。

`strength` 是一个点扩散成的圆盘半径，单位为图片短边的千分之一。`highlights` 是照片中显示为白色的
灯光与反光比白色亮多少：0 表示保持平淡。`ground` 使站立者脚下的地面比其后方更清晰。`quality` 是
JPEG 的质量，1..100。`profile` 与 `metadata` 同 `people`。""",
    "id-photo": """\
`id-photo`：每人一张符合要求的证件照，以及一张可打印的排版。

`size` 是 `id_sizes` 中的名称，除非 `width_mm` 与 `height_mm` 另行指定。`dpi` 为 0 时取该尺寸自
身的值。给出 `background_below` 时，`background` 向下渐变至该颜色。`head`（头顶至下巴）与 `top`
（头顶上方留白）为高度的比例；0 表示该尺寸自身的规则。`least_kb` 与 `most_kb` 限定文件大小，0 表
示该尺寸自身的规则；`enlarge`是人物最多可比照片中放大多少倍。`sheet` 是相纸规格，或 `none`。头部
以内置引擎看到的人脸为准；其他服务商不提供人脸，由轮廓推断。""",
    "backdrop": """\
`backdrop`：把人物放到另一背景上，或得到没有人物的背景。

`show` 为 `people`，或 `background`：去掉选中人物的图片，其位置是一个 `hole`，以周围颜色填补（
`filled`）或透明（`transparent`）。人物身后是 `colour`（`transparent` 表示没有）；给出
`colour_to` 时沿 `angle`（度，0 向右，90向下）渐变；其前是名为 `image` 的图片（位于存储桶的
`backdrops/` 之下；对 `derive` 则为文件），可铺满整幅（`cover`）或完整放入（`contain`）。
`shadow` 从 0（无）到 1（黑）。`quality` 是 JPEG 的质量，凡没有透明之处均写 JPEG。`profile` 与
`metadata` 同 `people`；换了新背景的人物总是 sRGB。""",
    "erase-mask": """\
`erase-mask`：擦除接口除图片之外所要的掩膜。

`people` 是要擦除的人。`dilation` 按人物大小（面积的平方根）的比例（0..0.5）扩张：阴影与柔和边缘
一并去除。`width` 与 `height` 是送往接口的图片尺寸，单位像素；均为 0 表示原图尺寸。""",
    "erase": """\
`erase`：由服务商擦除选中的人，是第二次付费调用。

`people` 与 `dilation` 同 `erase-mask`。`dilate_flag` 让服务商再次扩张掩膜，`fast_mode` 约只用四
分之一的时间，`add_watermark` 让其注明图片为生成内容（contracts/dashscope.md, 12.1）。""",
    "annotations": """\
`annotations`：以标注工具的格式写出掩膜。

`formats` 可为 `coco`、`yolo`、`labelme`、`label-studio` 与 `cvat` 中的若干；`label` 是其中对人
的称呼（一行，1 至 64 个字符）。""",
}
