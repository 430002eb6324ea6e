using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Sallyport.Portal.Data.Migrations
{
    /// <inheritdoc />
    public partial class ClientLogouts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "inform_at",
                table: "provider_sign_ins",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "informs",
                table: "provider_sign_ins",
                type: "text[]",
                nullable: false,
                defaultValue: new string[0]);

            migrationBuilder.CreateIndex(
                name: "IX_provider_sign_ins_inform_at",
                table: "provider_sign_ins",
                column: "inform_at",
                filter: "inform_at is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_provider_sign_ins_inform_at",
                table: "provider_sign_ins");

            migrationBuilder.DropColumn(
                name: "inform_at",
                table: "provider_sign_ins");

            migrationBuilder.DropColumn(
                name: "informs",
                table: "provider_sign_ins");
        }
    }
}
