//! A picture as half blocks, two pixels in a cell. Pure.

use crate::app::panels::view::{Span, Tone};
use crate::domain::GridSize;

/// The lines of a picture that fits into so many cells.
pub(super) fn picture_lines(pixels: &[[u8; 3]], width: usize, size: GridSize) -> Vec<Vec<Span>> {
    if width == 0 || pixels.is_empty() {
        return Vec::new();
    }
    let height = pixels.len() / width;
    let (cols, rows) = (usize::from(size.cols()), usize::from(size.rows()) * 2);
    // Never larger than it is; as large as both sides allow.
    let shrink = (width as f64 / cols as f64).max(height as f64 / rows as f64).max(1.0);
    let (wide, high) = ((width as f64 / shrink) as usize, (height as f64 / shrink) as usize);
    let pixel = |x: usize, y: usize| {
        let (x, y) = ((x as f64 * shrink) as usize, (y as f64 * shrink) as usize);
        pixels
            .get(y.min(height.saturating_sub(1)) * width + x.min(width - 1))
            .copied()
    };
    let row = |y: usize| {
        let cell = |x: usize| {
            let back = (y + 1 < high.max(1)).then(|| pixel(x, y + 1)).flatten();
            Span::new(
                "▀",
                Tone::Colors {
                    text: pixel(x, y),
                    back,
                },
            )
        };
        (0..wide.max(1)).map(cell).collect()
    };
    (0..high.max(1)).step_by(2).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_fits_at_every_size() {
        for (width, height) in [(1, 1), (3, 7), (320, 100), (5, 320)] {
            let pixels = vec![[1, 2, 3]; width * height];
            for (cols, rows) in [(1, 1), (10, 3), (200, 60)] {
                let lines = picture_lines(&pixels, width, GridSize::new(cols, rows));
                assert!(
                    !lines.is_empty() && lines.len() <= usize::from(rows),
                    "{width}x{height} in {cols}x{rows}"
                );
                assert!(lines.iter().all(|line| line.len() <= usize::from(cols)));
            }
        }
    }
}
